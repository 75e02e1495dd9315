"""Which route a request belongs to, and whether its path may be taken at its word (G-300…G-305)."""

from __future__ import annotations

from proxy.errors import bad_request, broken_route, no_route
from proxy.exchange import Captures, Exchange
from proxy.request import Request
from proxy.snapshot.snapshot import CompiledRoute, Snapshot
from proxy.stages.cors import Cors, is_preflight
from routing.path import allows
from routing.reserved import is_reserved

NAME = "match_route"


def match_route(exchange: Exchange, surface: str) -> None:
    """Finds the route and its captures for a request that came in on `surface`: all, traffic, control or part.

    Ambiguous paths are matched in their normalised form and then refused unless the route takes them, so that
    a route's protection cannot be dodged by writing its path another way.
    """
    request = exchange.request
    assert request is not None
    path = request.path
    snapshot = exchange.snapshot
    if path.path == snapshot.batch_path and surface in ("all", "traffic"):
        _to_batch(exchange, snapshot)
        return
    if is_reserved(path.path):
        if path.flags:
            raise bad_request("the path is ambiguous")
        if surface in ("traffic", "part") or snapshot.control_route is None:
            raise no_route()
        exchange.route = snapshot.control_route
        exchange.service = exchange.route.service
        return
    if surface == "control" or path.path == snapshot.batch_path:
        raise no_route()
    found = snapshot.table.match(
        request.method, request.host, path.match_key, request.header, request.query, request.address
    )
    if request.method == "OPTIONS" and is_preflight(request.method, request.fields):
        found = _preflight_route(snapshot, request) or found
    if found is None:
        raise bad_request("the path is ambiguous") if path.flags else no_route()
    route, exchange.captures = found
    exchange.route, exchange.service = route, route.service
    if path.flags and not allows(route.spec.path_handling, path.flags):
        raise bad_request("the path is ambiguous")
    if route.problem:
        raise broken_route(route.problem)


def _to_batch(exchange: Exchange, snapshot: Snapshot) -> None:
    assert exchange.request is not None
    assert snapshot.batch_route is not None
    if exchange.request.path.flags:
        raise bad_request("the path is ambiguous")
    exchange.route = snapshot.batch_route
    exchange.service = exchange.route.service


def _preflight_route(snapshot: Snapshot, request: Request) -> tuple[CompiledRoute, Captures] | None:
    """The route of the request that a browser asks leave for, if it answers that itself (G-300).

    The request's own fields are not known yet, so conditions on them are judged by those of the preflight.
    """
    method = request.fields[b"access-control-request-method"].decode("latin-1")
    found = snapshot.table.match(
        method, request.host, request.path.match_key, request.header, request.query, request.address
    )
    return found if found is not None and any(isinstance(decide, Cors) for decide in found[0].chain) else None
