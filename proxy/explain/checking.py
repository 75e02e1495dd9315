"""Whether a caller may make a request, asked before it is made (G-227)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import cast

from permissions.decision import missing
from permissions.identity import Identity
from proxy.downstream import Downstream
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.explain.asked import Asked
from proxy.explain.explain import route_told
from proxy.explain.explanation import RouteTold
from proxy.pipeline import bound, named
from proxy.request import Request
from proxy.runtime import GatewayRuntime
from proxy.snapshot.snapshot import BATCH, CONTROL
from proxy.stages import authenticate, basic_auth, check_permission, key_auth
from proxy.stages.match_route import match_route

WHO = (key_auth, basic_auth, authenticate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`code` is empty where he may, else what the request would be answered with."""

    allowed: bool = False
    code: str = ""
    reason: str = ""
    route: RouteTold | None = None
    strategy: str = "any"
    required: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


async def check(runtime: GatewayRuntime, asked: Asked, identity: Identity | None) -> Checked:
    """By the route, the authentication and the permissions; no limit, network or instance is asked."""
    exchange = Exchange(runtime, cast("Downstream", None), runtime.now())  # nobody is answered
    found = Checked()
    try:
        exchange.request = Request(asked.head(runtime.options), peer=asked.address, scheme=asked.scheme)
        match_route(exchange, "all")
        assert exchange.route is not None
        route, parts = exchange.route.spec, exchange.snapshot.parts
        if route.id in (CONTROL, BATCH):
            return replace(found, code="F40400", reason="the path belongs to the gateway itself")
        found = replace(found, route=route_told(route), required=tuple(sorted(route.required_permissions)))
        found = replace(found, strategy=route.permission_check_strategy)
        own = bound(route, parts)
        if identity is not None:
            exchange.principal = parts.principals.put(b"", identity, time.time())
        for _name, decision in named(WHO if identity is None else (), own, parts):
            waiting = decision(exchange)
            if waiting is not None:
                await waiting
        found = _with_held(found, exchange)
        for _name, decision in named((check_permission,), own, parts):
            decision(exchange)
    except GatewayError as error:
        return replace(found, code=str(error.code), reason=error.reason)
    return replace(found, allowed=True)


def _with_held(found: Checked, exchange: Exchange) -> Checked:
    held = exchange.principal.held if exchange.principal is not None else frozenset[str]()
    return replace(found, held=tuple(sorted(held)), missing=tuple(missing(found.required, held, found.strategy)))
