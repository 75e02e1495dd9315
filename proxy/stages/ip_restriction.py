"""Which addresses may call (G-344). It comes before anybody is asked who he is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxy.address_set import AddressSet
from proxy.errors import GatewayError, forbidden, no_route
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "ip_restriction"

EVERYBODY = ("0.0.0.0/0", "::/0")

_NETWORKS = {"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": 10_000}

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "allow": {
            **_NETWORKS,
            "description": "The only networks, in CIDR form, or addresses that may call; an empty list lets nobody in.",
        },
        "deny": {
            **_NETWORKS,
            "description": "Networks or addresses that may not call, even where they are allowed.",
            "default": [],
        },
        "status": {
            "description": "403, or 404 as if there were no such route.",
            "type": "integer",
            "enum": [403, 404],
            "default": 403,
        },
    },
}


def check(config: dict[str, Any]) -> None:
    """Raises `ValueError` for a restriction that restricts nobody, and for what is no network."""
    if "allow" not in config and not config.get("deny"):
        raise ValueError("name networks in allow or in deny")
    for member in ("allow", "deny"):
        _networks(config, member)


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """The address is the client's as `GATEWAY_TRUSTED_PROXIES` lets it be known; what is no address is refused."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    allowed = _networks(config, "allow") if "allow" in config else AddressSet(EVERYBODY)
    denied = _networks(config, "deny")
    status = config.get("status", 403)

    def ip_restriction(exchange: Exchange) -> None:
        assert exchange.request is not None
        address = exchange.request.address
        if address in denied or address not in allowed:
            raise _refusal(status, address)

    return ip_restriction


def _refusal(status: int, address: str) -> GatewayError:
    return no_route() if status == 404 else forbidden(f"address {address or 'unknown'} may not call this route")


def _networks(config: dict[str, Any], member: str) -> AddressSet:
    try:
        return AddressSet(config.get(member, ()))
    except ValueError as error:
        raise ValueError(f"{member}: {error}") from None
