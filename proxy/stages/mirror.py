"""A copy of the request for another service, which nobody waits for.

A request without a body is copied when it comes here; one with a body when its last byte has gone by on its way to the
instance, so nothing is read earlier or later than without the copy. One whose body does not go up whole (the instance
answered before, the client left) is not copied.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.forwarding.mirrors import Mirrors
from proxy.forwarding.request_body import request_body
from proxy.forwarding.upstream_head import upstream_head
from proxy.http1.chunked import LAST_CHUNK, chunk
from proxy.http1.framing import CHUNKED
from proxy.snapshot.parts import Parts
from proxy.transport.pool import Pool
from routing.spec import RouteSpec

if TYPE_CHECKING:
    from proxy.snapshot.snapshot import CompiledService

NAME = "mirror"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["service"],
    "properties": {
        "service": {
            "description": "Name of the service that gets the copies.",
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
        },
        "percent": {
            "description": "Share of the requests that is copied, 0 to 100.",
            "type": "number",
            "minimum": 0,
            "maximum": 100,
            "default": 100,
        },
        "timeout_seconds": {
            "description": "After which a copy is given up, its answer included.",
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 60,
            "default": 5,
        },
        "max_body_bytes": {
            "description": "Requests with a larger body are not copied.",
            "type": "integer",
            "minimum": 0,
            "maximum": 10485760,
            "default": 65536,
        },
    },
}

MARK = b"x-mirrored"
"""Field of every copy. A request that has it already is not copied again, so mirrors of mirrors end."""


def services(config: dict[str, Any]) -> list[str]:
    """The service a configuration names."""
    return [config["service"]]


def fold(
    route: RouteSpec, parts: Parts, draw: Callable[[], float] = random.random
) -> Callable[[Exchange], None] | None:
    """`draw` gives numbers from 0 up to 1. Raises `ValueError` for a service that is not in the configuration."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    service = parts.services.get(config["service"])
    if service is None:
        raise ValueError(f"mirror: service {config['service']} is not in the configuration")
    share, most = config.get("percent", 100) / 100, config.get("max_body_bytes", 65536)
    timeout, mirrors = float(config.get("timeout_seconds", 5)), parts.live.mirrors

    def mirror(exchange: Exchange) -> None:
        request = exchange.request
        assert request is not None
        if draw() >= share or MARK in request.fields or (b"upgrade" in request.fields and request.wants_websocket):
            return
        pool = _pool_of(service, draw) if request.length <= most and mirrors.has_room else None
        head = None if pool is None else _head(exchange, pool)
        if pool is None or head is None:
            mirrors.drop()
            return
        copy = Copy(mirrors, pool, exchange, head, timeout, most)
        body = request_body(exchange)
        at_hand = body.at_hand()
        if at_hand is None:
            body.watcher = copy.take
        else:
            copy.take(at_hand)
            copy.take(b"")

    return mirror


def _pool_of(service: CompiledService, draw: Callable[[], float]) -> Pool | None:
    """The connections to any instance that may be asked."""
    candidates = service.candidates()
    return service.pools[candidates[int(draw() * len(candidates))].id] if candidates else None


def _head(exchange: Exchange, pool: Pool) -> bytes | None:
    """As the instance gets it, with the mark; None where the instance would not get one either."""
    try:
        return upstream_head(exchange, pool.endpoint.authority)[:-2] + MARK + b": 1\r\n\r\n"
    except GatewayError:
        return None


class Copy:
    """One request on its way to be copied: takes the pieces of its body, and is sent with the last."""

    __slots__ = ("_head", "_length", "_method", "_mirrors", "_most", "_pieces", "_pool", "_size", "_timeout")

    def __init__(
        self, mirrors: Mirrors, pool: Pool, exchange: Exchange, head: bytes, timeout: float, most: int
    ) -> None:
        assert exchange.request is not None
        self._mirrors = mirrors
        self._pool = pool
        self._method = exchange.request.method
        self._length = exchange.request.length
        self._head = head
        self._timeout = timeout
        self._most = most
        self._pieces: list[bytes] | None = []
        self._size = 0

    def take(self, piece: bytes) -> None:
        """The next piece; the empty one is the end, which an announced length makes known without it."""
        if self._pieces is None:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._most:
            self._pieces = None
            self._mirrors.drop()
        elif not piece or self._size == self._length:
            body, self._pieces = b"".join(self._pieces), None
            if self._length == CHUNKED:
                body = (chunk(body) if body else b"") + LAST_CHUNK
            self._mirrors.begin(self._pool, self._method, self._head + body, self._timeout)
