"""What has become of a configuration, as a document of its own: small where one route of many has changed.

Pure. `changes_between` and `changed` are each other's inverse: the second gives the very configuration that the first
was told of, members in their order; who writes changes makes sure of it (`proxy/snapshot/store.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import is_not
from typing import Any, Generic, TypeVar

import msgspec

from permissions.spec import ConsumerSpec, CredentialSpec, GrantSpec, IssuerSpec, RevokedTokenSpec
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.difference import ends_in_common
from routing.spec import RouteSpec
from services.spec import ServiceSpec

T = TypeVar("T")


class Splice(msgspec.Struct, Generic[T], frozen=True, array_like=True):
    """From place `at` of the sequence as it was, `out` members give way to `put`."""

    at: int
    out: int
    put: tuple[T, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """From one configuration to the next; splices in the order of their places. What is left out is as it was."""

    revision: int
    routes: tuple[Splice[RouteSpec], ...] = ()
    services: tuple[Splice[ServiceSpec], ...] = ()
    issuers: tuple[Splice[IssuerSpec], ...] = ()
    grants: tuple[Splice[GrantSpec], ...] = ()
    consumers: tuple[Splice[ConsumerSpec], ...] = ()
    credentials: tuple[Splice[CredentialSpec], ...] = ()
    revoked_tokens: tuple[Splice[RevokedTokenSpec], ...] = ()
    plugins: dict[str, Any] | None = None
    """All of them, where they have changed."""


PARTS = tuple(field.name for field in fields(Changes) if field.name != "revision")
SEQUENCES = tuple(name for name in PARTS if name != "plugins")


def changes_between(before: Configuration, now: Configuration) -> Changes:
    """What leads from one to the other; short where they share their members."""
    splices: dict[str, Any] = {name: tuple(_splices(getattr(before, name), getattr(now, name))) for name in SEQUENCES}
    plugins = None if now.plugins == before.plugins else now.plugins
    return Changes(revision=now.revision, plugins=plugins, **splices)


def changed(before: Configuration, changes: Changes, names: Sequence[str] = PARTS) -> Configuration:
    """The configuration that changes lead to, or these parts of it. Raises `ValueError` if they are of another."""
    found: dict[str, Any] = {}
    for name in names:
        change = getattr(changes, name)
        if change not in ((), None):
            found[name] = change if name == "plugins" else _spliced(getattr(before, name), change)
    return replace(before, revision=changes.revision, **found)


def encode_changes(changes: Changes) -> bytes:
    """As JSON, without what is as it was."""
    document = {field.name: getattr(changes, field.name) for field in fields(changes)}
    return msgspec.json.encode({name: value for name, value in document.items() if value not in ((), None)})


def decode_changes(document: bytes) -> Changes:
    """The changes of a document. Raises `msgspec.MsgspecError` for anything `encode_changes` did not write."""
    return msgspec.json.decode(document, type=Changes)


def _splices(before: Sequence[T], now: Sequence[T]) -> Iterator[Splice[T]]:
    """One for each run of members that are not the same objects, where those that are have kept their order."""
    if before is now:
        return
    head, tail = ends_in_common(before, now)
    was, is_now = before[head : len(before) - tail], now[head : len(now) - tail]
    held, holds = set(map(id, was)), set(map(id, is_now))
    stay = [one for one in was if id(one) in holds]
    stayed = [one for one in is_now if id(one) in held]
    if len(stay) != len(stayed) or any(map(is_not, stay, stayed)):
        stay = []  # in another order
    at, came = 0, 0
    for one in stay:
        until, till = _place(was, one, at), _place(is_now, one, came)
        if (until, till) != (at, came):
            yield Splice(head + at, until - at, tuple(is_now[came:till]))
        at, came = until + 1, till + 1
    if was[at:] or is_now[came:]:
        yield Splice(head + at, len(was) - at, tuple(is_now[came:]))


def _place(members: Sequence[T], wanted: T, start: int) -> int:
    """Where that very object stands."""
    while members[start] is not wanted:
        start += 1
    return start


def _spliced(before: tuple[T, ...], splices: Sequence[Splice[T]]) -> tuple[T, ...]:
    pieces: list[T] = []
    end = 0
    for splice in splices:
        if not (end <= splice.at and splice.out >= 0 and splice.at + splice.out <= len(before)):
            raise ValueError("changes of another configuration")
        pieces += before[end : splice.at]
        pieces += splice.put
        end = splice.at + splice.out
    pieces += before[end:]
    return tuple(pieces)
