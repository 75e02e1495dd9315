"""What is known of an issuer's keys, for the person who keeps its row. No key material."""

from __future__ import annotations

from dataclasses import dataclass

from permissions.spec import IssuerSpec
from permissions.verification_key import KeyMaterialError, from_pem, from_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """One key: what it may verify, or why it may verify nothing."""

    kid: str = ""
    kty: str
    algorithms: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysReport:
    """The keys of a row; `problem` says why there are none."""

    keys: tuple[KeyReport, ...] = ()
    problem: str = ""


def report_of_row(issuer: IssuerSpec) -> KeysReport:
    """The key that a row itself holds."""
    prepare, text = (from_secret, issuer.secret) if issuer.secret else (from_pem, issuer.public_key_pem)
    try:
        key = prepare(text, issuer.algorithms)
    except KeyMaterialError as error:
        return KeysReport(problem=str(error))
    return KeysReport(keys=(KeyReport(kty="oct" if issuer.secret else "public", algorithms=tuple(key.algorithms)),))
