"""Who a verified token speaks for, and the rules its claims must keep (G-007, G-008, RFC 7519 §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions.credential_error import CredentialError
from permissions.spec import IssuerSpec

MAX_NAME_LENGTH = 255
LATEST_TIME = 253_402_300_799
"""9999-12-31T23:59:59Z in epoch seconds: the last moment Python and databases can show."""
KIND_CLAIMS = ("token_type", "typ", "token_use")
"""Where issuers say what a token is for: simplejwt, Keycloak, Cognito."""
OTHER_KINDS = frozenset({"offline", "id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A caller, as one verified token names it."""

    subject: str
    permissions: frozenset[str]
    roles: frozenset[str]
    jti: str
    """The token's id, by which it can be revoked; empty when it has none and cannot be."""
    expires_at: float
    """Epoch seconds after which the token must not be believed: its `exp` and the leeway, or the end of its issuer."""
    claims: Mapping[str, Any]
    issuer_id: str = ""


def identity_of(claims: dict[str, Any], issuer: IssuerSpec, now: float) -> Identity:
    """The identity a correctly signed payload names at epoch second `now`. Raises `CredentialError`."""
    expires_at = _check_times(claims, issuer.leeway_seconds, now)
    _check_audience(claims.get("aud"), issuer.audience)
    _check_kind(claims)
    return Identity(
        subject=_subject(claims),
        permissions=_names(claims.get("permissions", []), "permissions"),
        roles=_roles(claims),
        jti=_jti(claims),
        expires_at=expires_at if issuer.expires_at is None else min(expires_at, issuer.expires_at),
        claims=claims,
        issuer_id=issuer.id,
    )


def _check_times(claims: dict[str, Any], leeway: int, now: float) -> float:
    """Check exp, nbf and iat; `exp` is demanded, for a token without an end could never be withdrawn for good."""
    if "exp" not in claims:
        raise CredentialError("the token has no exp")
    expires_at = _time(claims, "exp") + leeway
    if expires_at <= now:
        raise CredentialError("the token has expired")
    for name in ("nbf", "iat"):
        if name in claims and _time(claims, name) > now + leeway:
            raise CredentialError(f"the token's {name} lies in the future")
    return expires_at


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims[name]
    if type(value) not in (int, float) or not 0 <= value <= LATEST_TIME:
        raise CredentialError(f"{name} is not a time")
    return float(value)


def _check_audience(audience: object, wanted: str) -> None:
    """RFC 7519 §4.1.3; a row without an audience accepts any, but never one of the wrong type."""
    held = [audience] if isinstance(audience, str) else [] if audience is None else audience
    if not isinstance(held, list) or not all(isinstance(name, str) for name in held):
        raise CredentialError("aud is neither text nor a list of texts")
    if wanted and wanted not in held:
        raise CredentialError("the token is for another audience")


def _check_kind(claims: dict[str, Any]) -> None:
    """Refuse refresh, offline and id tokens: they are not meant for us (G-008)."""
    for name in KIND_CLAIMS:
        kind = claims.get(name, "access")
        if not isinstance(kind, str) or "refresh" in kind.lower() or kind.lower() in OTHER_KINDS:
            raise CredentialError("not an access token")


def _subject(claims: dict[str, Any]) -> str:
    """`sub`, or `user_id` when there is none: the name sent to upstreams as a header, hence so strict."""
    value = claims["sub"] if "sub" in claims else claims.get("user_id")
    if type(value) is int:
        value = str(value) if abs(value) < 10**MAX_NAME_LENGTH else ""
    if not isinstance(value, str) or not is_plain_name(value):
        raise CredentialError("sub or user_id does not name a user")
    return value


def _roles(claims: dict[str, Any]) -> frozenset[str]:
    roles = _names(claims.get("roles", []), "roles")
    if "role" not in claims:
        return roles
    return roles | _names([claims["role"]], "role")


def _names(value: object, claim: str) -> frozenset[str]:
    if not isinstance(value, list):
        raise CredentialError(f"{claim} is not a list")
    for name in value:
        if not isinstance(name, str) or not is_list_name(name):
            raise CredentialError(f"{claim} holds something that is not a name")
    return frozenset(value)


def _jti(claims: dict[str, Any]) -> str:
    """What no table can hold could not be revoked either, so such a token is refused."""
    jti = claims.get("jti", "")
    if not isinstance(jti, str) or len(jti) > MAX_NAME_LENGTH or not jti.isprintable():
        raise CredentialError("jti is not a short, printable text")
    return jti


def is_plain_name(name: str) -> bool:
    """Printable, 1-255 characters, no blanks at the ends: what survives the way through a header unchanged."""
    return 0 < len(name) <= MAX_NAME_LENGTH and name.isprintable() and name[0] != " " and name[-1] != " "


def is_list_name(name: str) -> bool:
    """A plain name that can stand in a list. A comma would make two of one where names are joined in a header."""
    return "," not in name and is_plain_name(name)


def is_username(name: str) -> bool:
    """A plain name that basic authentication can carry: a colon ends the name (RFC 7617 section 2)."""
    return ":" not in name and is_plain_name(name)
