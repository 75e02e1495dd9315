"""Which count a request belongs to: the subject of each kind of limit."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from proxy.exchange import Exchange
from proxy.limiting.address import client_network
from proxy.limiting.limit import By
from routing.spec import RouteSpec

MAX_PLAIN_BYTES = 256
"""Longer names of callers are counted under their digest: a key of the store has at most 511 bytes."""

Subject = Callable[[Exchange], bytes | None]
"""The subject of a request; None where the limit does not concern it."""


def caller(exchange: Exchange) -> bytes:
    """The user, a consumer that is none, or the address of a stranger; of the same spelling they are three."""
    if exchange.principal is not None:
        subject, name = exchange.principal.identity.subject, exchange.principal.consumer
        kind, name = (b"\0user\0", subject) if subject else (b"\0consumer\0", name)
        found = kind + name.encode("utf-8", "surrogatepass")
    else:
        assert exchange.request is not None
        found = b"\0address\0" + client_network(exchange.request.address)
    return found if len(found) <= MAX_PLAIN_BYTES else _digest(found)


def user(exchange: Exchange) -> bytes | None:
    """The user, where one is known."""
    known = exchange.principal is not None and exchange.principal.identity.subject
    return caller(exchange) if known else None


def address(exchange: Exchange) -> bytes:
    """The client's address, whoever it is."""
    assert exchange.request is not None
    found = client_network(exchange.request.address)
    return found if len(found) <= MAX_PLAIN_BYTES else _digest(found)


def consumer(exchange: Exchange) -> bytes | None:
    """The consumer, where one is known."""
    if exchange.principal is None or not exchange.principal.consumer:
        return None
    found = exchange.principal.consumer.encode()
    return found if len(found) <= MAX_PLAIN_BYTES else _digest(found)


def _digest(name: bytes) -> bytes:
    return b"\0long\0" + blake2b(name, digest_size=32).digest()


def subject_of(by: By, route: RouteSpec) -> Subject:
    """The subjects of a limit on `route`; those that do not depend on the request are worked out here."""
    if by in _OF_REQUEST:
        return _OF_REQUEST[by]
    fixed = {"route": route.id, "service": route.service_id, "global": ""}[by].encode()[:128]
    return lambda _exchange: fixed


_OF_REQUEST: dict[str, Subject] = {"user": user, "address": address, "caller": caller, "consumer": consumer}
