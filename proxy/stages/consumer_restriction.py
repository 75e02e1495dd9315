"""Which consumers may call (G-226)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxy.errors import forbidden
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "consumer_restriction"

_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 100}, "maxItems": 10_000}

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "allow": {
            **_NAMES,
            "description": "Names of the only consumers that may call; an empty list lets nobody in.",
        },
        "deny": {
            **_NAMES,
            "description": "Names of consumers that may not call, even where they are allowed.",
            "default": [],
        },
    },
}


def check(config: dict[str, Any]) -> None:
    """Raises `ValueError` for a restriction that restricts nobody."""
    if "allow" not in config and not config.get("deny"):
        raise ValueError("name consumers in allow or in deny")


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Callers of no consumer pass where only `deny` is given."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    allowed = frozenset(config["allow"]) if "allow" in config else None
    denied = frozenset(config.get("deny", ()))

    def consumer_restriction(exchange: Exchange) -> None:
        consumer = exchange.principal.consumer if exchange.principal is not None else ""
        if consumer in denied or (allowed is not None and consumer not in allowed):
            raise forbidden(f"consumer {consumer or 'none'} may not call this route")

    return consumer_restriction
