"""The largest request body: an announced length is judged here, the bytes themselves while they are read (rule T6).

One figure is in force for a request: the route's field `max_body_bytes`, else the plugin's, else the gateway's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxy.errors import body_too_large
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "request_size_limit"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["max_body_bytes"],
    "properties": {
        "max_body_bytes": {
            "description": "Largest request body in bytes, for routes that name none themselves.",
            "type": "integer",
            "minimum": 0,
            "maximum": 2**53,
        },
    },
}


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Nothing to do where nobody set a limit."""
    limit = limit_of(route, parts.options.max_body_bytes)
    if limit is None:
        return None

    def request_size_limit(exchange: Exchange) -> None:
        assert exchange.request is not None
        if exchange.request.length > limit:
            raise body_too_large(limit)
        exchange.max_body_bytes = limit

    return request_size_limit


def limit_of(route: RouteSpec, gateways: int | None) -> int | None:
    """The limit in force in bytes, None for no limit."""
    if route.max_body_bytes is not None:
        return route.max_body_bytes
    config = route.plugins.get(NAME)
    return gateways if config is None else int(config["max_body_bytes"])
