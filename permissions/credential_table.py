"""Credentials of consumers by what a request shows (G-226). Built once for a snapshot, read by every worker."""

from __future__ import annotations

from collections.abc import Iterable

from permissions.credential_error import CredentialError
from permissions.key_hash import is_key, is_key_of, key_prefix
from permissions.password_hash import normalised
from permissions.spec import CredentialSpec


class CredentialTable:
    """Every credential that counts; `identifier` is unique within its kind."""

    def __init__(self, credentials: Iterable[CredentialSpec] = ()) -> None:
        self._keys: dict[str, CredentialSpec] = {}
        self._users: dict[str, CredentialSpec] = {}
        for credential in credentials:
            table = self._keys if credential.kind == "api_key" else self._users
            table[credential.identifier] = credential

    def of_key(self, key: str, now: float) -> CredentialSpec:
        """The credential `key` proves at epoch second `now`. Raises `CredentialError`.

        It is looked up by its prefix, which is no secret; the rest is compared in constant time.
        """
        if not is_key(key):
            raise CredentialError("not an API key")
        credential = self._keys.get(key_prefix(key))
        if credential is None or not is_key_of(key, credential.digest):
            raise CredentialError("no such API key")
        if not is_current(credential, now):
            raise CredentialError("the API key has expired")
        return credential

    def holds(self, credential: CredentialSpec, now: float) -> bool:
        """Whether what proved this credential earlier, perhaps by an older table, proves it still."""
        table = self._keys if credential.kind == "api_key" else self._users
        held = table.get(credential.identifier)
        if held is None or not is_current(held, now):
            return False
        return (held.digest, held.consumer) == (credential.digest, credential.consumer)

    def of_username(self, username: str) -> CredentialSpec | None:
        """The credential whose password has to be checked, expired or not."""
        return self._users.get(normalised(username))


def is_current(credential: CredentialSpec, now: float) -> bool:
    """Whether it has not expired at epoch second `now`."""
    return credential.expires_at is None or credential.expires_at > now
