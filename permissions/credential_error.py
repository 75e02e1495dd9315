"""Why a credential was refused. Every reason ends as F40001 and HTTP 401 (G-008)."""

from __future__ import annotations

from permissions.spec import IssuerSpec


class CredentialError(Exception):
    """A token that must not be believed.

    `reason` is a short English phrase for logs and `/admin/explain`; it never quotes the token and is not
    shown to the client, who learns only that the credential is missing or invalid.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysNeeded(CredentialError):
    """The token may be good, but an issuer's key set has to be fetched before anybody can tell.

    A caller that can wait fetches the keys of `issuers` and verifies once more. One that cannot treats it
    as what it is by inheritance: a refused credential, so a missing key can never let a token through.
    """

    def __init__(self, issuers: tuple[IssuerSpec, ...], kid: str) -> None:
        super().__init__("the issuer's keys are not known yet")
        self.issuers = issuers
        self.kid = kid

    @property
    def issuer(self) -> IssuerSpec:
        """The first issuer whose keys are missing."""
        return self.issuers[0]
