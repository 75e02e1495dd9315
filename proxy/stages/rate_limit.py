"""Whether there were too many requests: of this caller, to this route, this service, of this consumer (G-340…G-346).

All limits apply at once. A request is counted by all of them or, when one refuses it, by none; the reply tells of the
tightest. It comes after the checks of the caller, so that a refused one spends nothing. A change of a limit judges by
the requests that were counted before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from proxy.exchange import Exchange
from proxy.limiting.judged import by_counters, by_one, by_redis
from proxy.limiting.limits_of_route import limits_of_route
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "rate_limit"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "rules": {
            "description": "Limits that all apply, beside those of the wider and narrower bindings.",
            "type": "array",
            "maxItems": 16,
            "default": [],
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["by", "limit", "window_seconds"],
                "properties": {
                    "by": {
                        "description": "Whose requests are counted together, within what the rule is bound to. "
                        "`caller` is the user, or the address where none is known.",
                        "enum": ["user", "address", "caller", "route", "service", "consumer", "global"],
                    },
                    "limit": {
                        "description": "Requests in any window.",
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1_000_000_000,
                    },
                    "window_seconds": {
                        "description": "Length of the window.",
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 86_400,
                    },
                },
            },
        },
    },
}


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """A route on which nothing is limited has no such decision."""
    limits = limits_of_route(NAME, route, parts)
    if limits is None:
        return None
    if parts.live.redis is not None:
        return by_redis(limits, parts.live.redis, parts.counters, parts.options.limit_fallback)
    if len(limits.fixed) == 1 and limits.fixed[0].by == "caller" and not limits.consumers:
        return by_one(limits.fixed[0], parts.counters)
    return by_counters(limits, parts.counters)
