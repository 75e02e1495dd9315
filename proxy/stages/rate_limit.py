"""Whether the caller has come too often: each user, or each address where nobody is known (G-340…G-346).

It comes after the checks of the caller, so that a refused one spends nothing. A change of the limit judges by the
requests that were counted before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from math import ceil

from proxy.errors import too_many_requests
from proxy.exchange import Exchange
from proxy.limiting.address import client_network
from proxy.limiting.sliding_window import sliding_window
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "rate_limit"

WINDOW_SECONDS = 60.0
MAX_PLAIN_BYTES = 256
"""Longer names of callers are counted under their digest: a key of the store has at most 511 bytes."""


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """A route without `rate_limit_rpm` is not limited."""
    if route.rate_limit_rpm is None:
        return None
    window = sliding_window(route.rate_limit_rpm, WINDOW_SECONDS)
    counters, route_key = parts.counters, route.id.encode()[:128]
    limit_field = (b"x-ratelimit-limit", b"%d" % route.rate_limit_rpm)

    def rate_limit(exchange: Exchange) -> None:
        verdict = counters.change(route_key + caller_key(exchange), window, time.monotonic())
        exchange.reply_headers = (
            limit_field,
            (b"x-ratelimit-remaining", b"%d" % verdict.remaining),
            (b"x-ratelimit-reset", b"%d" % ceil(time.time() + verdict.free_in)),
        )
        if not verdict.admitted:
            raise too_many_requests(max(1, ceil(verdict.free_in)))

    return rate_limit


def caller_key(exchange: Exchange) -> bytes:
    """Who the request is counted for; a user and an address of the same spelling are two."""
    if exchange.principal is not None:
        subject, consumer = exchange.principal.identity.subject, exchange.principal.consumer
        kind, name = (b"\0user\0", subject) if subject else (b"\0consumer\0", consumer)
        caller = kind + name.encode("utf-8", "surrogatepass")
    else:
        assert exchange.request is not None
        caller = b"\0address\0" + client_network(exchange.request.address)
    return caller if len(caller) <= MAX_PLAIN_BYTES else b"\0long\0" + blake2b(caller, digest_size=32).digest()
