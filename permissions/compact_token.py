"""Reading a JSON Web Token in its compact form, strictly (RFC 7515 §7.1, RFC 8725 §3).

Only the shape is judged here; nothing that comes out may be believed before its signature was checked.
PyJWT reads more than one text as the same token (padding, duplicate JSON keys, `crit: ["b64"]`). A gateway
must not: what it verified and what an upstream reads would differ.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, NoReturn

from permissions.credential_error import CredentialError

MAX_TOKEN_BYTES = 8 * 1024
ACCEPTED_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt", "application/jwt"})
"""Values of the `typ` header, in lower case: a plain token or an access token (RFC 9068 §2.1)."""


@dataclass(frozen=True, slots=True)
class CompactToken:
    """The parts of a well-formed token, unverified."""

    algorithm: str
    kid: str
    """Key id of the header; empty when it has none."""
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse(token: str) -> CompactToken:
    """The parts of `token`. Raises `CredentialError` for anything but three canonical base64url segments."""
    if len(token) > MAX_TOKEN_BYTES:
        raise CredentialError("the token is too long")
    try:
        raw = token.encode("ascii")
        head, body, tail = raw.split(b".")
    except ValueError:
        raise CredentialError("the token is not three segments of ASCII text") from None
    algorithm, kid = _algorithm_and_kid(_json_object(head, "header"))
    claims = _json_object(body, "payload")
    return CompactToken(algorithm, kid, claims, raw[: len(head) + 1 + len(body)], _decode(tail, "signature"))


def _algorithm_and_kid(header: dict[str, Any]) -> tuple[str, str]:
    """The two header fields that count; `jwk`, `jku`, `x5u` and `x5c` are never looked at."""
    if "crit" in header or "b64" in header:
        raise CredentialError("the header demands an extension that is not understood")
    algorithm, kid, kind = header.get("alg"), header.get("kid", ""), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or not isinstance(kid, str) or not isinstance(kind, str):
        raise CredentialError("alg, kid and typ must be text")
    if kind.lower() not in ACCEPTED_TYPES:
        raise CredentialError("the header's typ is not that of an access token")
    return algorithm, kid


def _json_object(segment: bytes, name: str) -> dict[str, Any]:
    try:
        value = strict_json(_decode(segment, name).decode("utf-8"))
    except (ValueError, RecursionError):
        raise CredentialError(f"the {name} is not strict JSON") from None
    if not isinstance(value, dict):
        raise CredentialError(f"the {name} is not a JSON object")
    return value


def _decode(segment: bytes, name: str) -> bytes:
    """base64url without padding. Encoding back refuses what the lenient decoder skips or ignores."""
    try:
        decoded = urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except ValueError:
        raise CredentialError(f"the {name} is not base64url") from None
    if urlsafe_b64encode(decoded).rstrip(b"=") != segment:
        raise CredentialError(f"the {name} is not canonical base64url")
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


strict_json = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant).decode
"""JSON text to a value; raises `ValueError` also for duplicate keys, NaN and infinities, `RecursionError` for depth."""
