"""Whether the announced body is within the route's limit; the bytes themselves are counted while they are read."""

from __future__ import annotations

from collections.abc import Callable

from proxy.errors import body_too_large
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "limit_body"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """The route's own limit, or the gateway's."""
    limit = route.max_body_bytes if route.max_body_bytes is not None else parts.options.max_body_bytes
    if limit is None:
        return None

    def limit_body(exchange: Exchange) -> None:
        request = exchange.request
        if request is not None and request.length > limit:
            raise body_too_large(limit)

    return limit_body
