"""Which fields of a request choose among the replies to one address (RFC 9111 section 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from proxy.forwarding.identity import IDENTITY_FIELDS, IDENTITY_PREFIXES
from proxy.forwarding.outgoing import UNTRUSTED_REQUEST_FIELDS, UNTRUSTED_REQUEST_PREFIXES

MOST_NAMES = 16
"""Fields that one address may vary by; replies that vary by more are not stored."""

IN_THE_KEY = frozenset((b"host", b"x-forwarded-host", b"x-forwarded-proto"))
"""Fields the gateway sets from what every key holds anyway."""

_ANY_CASE = frozenset((b"accept-charset", b"accept-encoding", b"accept-language"))


class Variation(NamedTuple):
    """What `Vary` asks for: `names` in order, and whether the reply depends on who asks."""

    names: tuple[bytes, ...]
    by_caller: bool


def variation(values: Iterable[bytes]) -> Variation | None:
    """The variation of a reply with these `Vary` lines; None when no later request can match it.

    That is so for `*`, for too many names, and for fields the gateway writes anew for each client or request.
    """
    names: set[bytes] = set()
    by_caller = False
    for value in values:
        for part in value.split(b","):
            name = part.strip(b" \t").lower()
            if not name or name in IN_THE_KEY:
                continue
            if name in IDENTITY_FIELDS or name.startswith(IDENTITY_PREFIXES):
                by_caller = True
            elif name == b"*" or name in UNTRUSTED_REQUEST_FIELDS or name.startswith(UNTRUSTED_REQUEST_PREFIXES):
                return None
            else:
                names.add(name)
    return Variation(tuple(sorted(names)), by_caller) if len(names) <= MOST_NAMES else None


def selecting_values(headers: Iterable[tuple[bytes, bytes]], names: tuple[bytes, ...]) -> bytes:
    """The request's values of these fields in one text that is the same for requests that match."""
    found: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in headers:
        if name in found:
            found[name].append(value)
    return b"\n".join(_normal(name, found[name]) for name in names)


def _normal(name: bytes, values: list[bytes]) -> bytes:
    """Lines joined and blanks around commas dropped, which no list field tells apart; quoted text stays as it is."""
    if not values:
        return b"\0"
    value = b",".join(values)
    if b'"' not in value and b"," in value:
        value = b",".join(part.strip(b" \t") for part in value.split(b","))
    return value.lower() if name in _ANY_CASE else value
