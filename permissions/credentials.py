"""From an Authorization header to a verified identity (G-007, G-008, G-009, edge rule A1).

The order of `TokenVerifier.verify` matters:

1. the token is parsed strictly; nothing of it is believed;
2. its `iss` picks the rows that may judge it, and each row's own algorithms and key decide: the token's
   `alg` is only compared with what the row allows, its `kid` only looked up;
3. the signature is checked before any other claim is;
4. times, audience, kind, names, revocation.

Several rows may carry the same `iss` (an issuer that changes from a secret to a key set). The first row that
accepts the token decides; otherwise the most telling refusal is reported. A row whose key cannot be used
accepts nothing and is listed in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from permissions.compact_token import MAX_TOKEN_BYTES, CompactToken, parse
from permissions.credential_error import CredentialError, KeysNeeded
from permissions.identity import Identity, identity_of
from permissions.spec import IssuerSpec, RevokedTokenSpec
from permissions.verification_key import KeyMaterialError, VerificationKey, from_pem, from_secret

__all__ = ["CredentialError", "Identity", "KeySource", "KeysNeeded", "NoKeys", "TokenVerifier", "bearer_token"]

MAX_LEEWAY_SECONDS = 30
"""Edge rule A1."""
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE | re.ASCII)
"""RFC 6750 §2.1."""


class KeySource(Protocol):
    """Where the keys of issuers with a JWKS address come from."""

    def get(self, issuer_id: str, kid: str) -> VerificationKey | None:
        """The key `kid` of an issuer, `""` for a token that names none; None when it is not known."""


class NoKeys:
    """A key source for issuers that need none."""

    def get(self, issuer_id: str, kid: str) -> VerificationKey | None:
        """No key, ever."""
        return None


class TokenVerifier:
    """Verifies tokens against one set of issuers and revocations; immutable, so requests may share it."""

    def __init__(
        self,
        issuers: Iterable[IssuerSpec],
        revoked: Iterable[RevokedTokenSpec] = (),
        keys: KeySource | None = None,
    ) -> None:
        self._rows: dict[str, list[tuple[IssuerSpec, VerificationKey | None]]] = {}
        self._revoked = frozenset(entry.jti for entry in revoked)
        self._keys = keys or NoKeys()
        self.problems: dict[str, str] = {}
        """Issuer ids whose key cannot be used → why."""
        for issuer in issuers:
            try:
                key = _static_key(issuer)
            except KeyMaterialError as error:
                self.problems[issuer.id] = str(error)
            else:
                self._rows.setdefault(issuer.issuer, []).append((issuer, key))

    def verify(self, token: str, now: float) -> Identity:
        """The identity `token` proves at epoch second `now`.

        Raises `KeysNeeded` when only a key set that has to be fetched can tell, else `CredentialError`.
        """
        parts = parse(token)
        name = parts.claims.get("iss", "")
        rows = self._rows.get(name) if isinstance(name, str) else None
        if rows is None:
            raise CredentialError("no issuer of that name is trusted")
        identity = self._judge(parts, rows, now)
        if self.is_revoked(identity):
            raise CredentialError("the token was revoked")
        return identity

    def is_revoked(self, identity: Identity) -> bool:
        """Whether an identity verified earlier, perhaps by an older verifier, has been revoked since."""
        return identity.jti in self._revoked

    def _judge(
        self, parts: CompactToken, rows: Sequence[tuple[IssuerSpec, VerificationKey | None]], now: float
    ) -> Identity:
        missing: list[IssuerSpec] = []
        refusal = CredentialError("the signature is not that of the issuer")
        for issuer, static_key in rows:
            has_ended = issuer.expires_at is not None and issuer.expires_at <= now
            if has_ended or parts.algorithm not in issuer.algorithms:
                continue
            key = static_key or self._keys.get(issuer.id, parts.kid)
            if key is None:
                missing.append(issuer)
            elif key.verifies(parts.algorithm, parts.signing_input, parts.signature):
                try:
                    return identity_of(parts.claims, issuer, now)
                except CredentialError as error:
                    refusal = error
        if missing:
            raise KeysNeeded(tuple(missing), parts.kid)
        raise refusal


def bearer_token(header_values: Sequence[str]) -> str:
    """The token of a request, given every value of its Authorization header.

    Raises `CredentialError` unless there is exactly one and it is `Bearer` with a token of at most 8 KiB.
    """
    if len(header_values) != 1:
        raise CredentialError("exactly one Authorization header is needed")
    match = _BEARER.fullmatch(header_values[0])
    if match is None:
        raise CredentialError("the Authorization header is not a Bearer token")
    token = match[1]
    if len(token) > MAX_TOKEN_BYTES:
        raise CredentialError("the token is too long")
    return token


def _static_key(issuer: IssuerSpec) -> VerificationKey | None:
    """The key of a row; None when it has an address instead. Raises `KeyMaterialError`."""
    if [bool(issuer.secret), bool(issuer.public_key_pem), bool(issuer.jwks_url)].count(True) != 1:
        raise KeyMaterialError("exactly one of secret, public key and JWKS address is needed")
    if not 0 <= issuer.leeway_seconds <= MAX_LEEWAY_SECONDS:
        raise KeyMaterialError(f"leeway must be 0..{MAX_LEEWAY_SECONDS} seconds")
    if issuer.secret:
        return from_secret(issuer.secret, issuer.algorithms)
    if issuer.public_key_pem:
        return from_pem(issuer.public_key_pem, issuer.algorithms)
    return None
