"""Key sets as their addresses answer them (RFC 7517 section 5). Pure: bytes in, keys out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from permissions.compact_token import strict_json
from permissions.key_report import KeyReport, KeysReport
from permissions.verification_key import KeyMaterialError, VerificationKey, from_jwk

MAX_KEYS = 100
MOST_SHOWN = 200
"""Characters of an id that are shown."""


class KeySetError(Exception):
    """What an address answered is no key set; the text says why."""


def parse_key_set(document: bytes, algorithms: Iterable[str]) -> dict[str, VerificationKey]:
    """The usable keys of a key set by their id.

    A key that is alone also answers to the empty id, for tokens that name none. Members that are no public
    signature keys for `algorithms` are passed over (RFC 7517 section 5); of two with one id the first counts. Raises
    `KeySetError` for a document that is no key set.
    """
    wanted = tuple(algorithms)
    found: dict[str, VerificationKey] = {}
    for member in _members(document):
        if isinstance(member, dict) and isinstance(kid := member.get("kid", ""), str):
            try:
                found.setdefault(kid, from_jwk(member, wanted))
            except KeyMaterialError:
                continue
    if len(found) == 1:
        found[""] = next(iter(found.values()))
    return found


def report_of_key_set(document: bytes, algorithms: Iterable[str]) -> KeysReport:
    """Every member with what it may be used for, or why it is passed over. Raises `KeySetError`."""
    wanted = tuple(algorithms)
    return KeysReport(keys=tuple(_report(member, wanted) for member in _members(document)))


def _members(document: bytes) -> list[Any]:
    try:
        value = strict_json(document.decode("utf-8"))
    except (ValueError, RecursionError):
        raise KeySetError("not strict JSON") from None
    members = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise KeySetError(f"no object with a list of at most {MAX_KEYS} keys")
    return members


def _report(member: Any, wanted: tuple[str, ...]) -> KeyReport:
    if not isinstance(member, dict) or not isinstance(member.get("kid", ""), str):
        return KeyReport(kty="", problem="not an object with an id that is text")
    names = {"kid": member.get("kid", "")[:MOST_SHOWN], "kty": str(member.get("kty", ""))[:MOST_SHOWN]}
    try:
        return KeyReport(**names, algorithms=tuple(from_jwk(member, wanted).algorithms))
    except KeyMaterialError as error:
        return KeyReport(**names, problem=str(error))
