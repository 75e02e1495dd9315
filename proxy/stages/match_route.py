"""Which route a request belongs to, and whether its path may be taken at its word (G-300…G-305)."""

from __future__ import annotations

from proxy.errors import METHODS, bad_request, broken_route, method_refused, no_route
from proxy.exchange import Captures, Exchange
from proxy.request import Request
from proxy.snapshot.snapshot import CompiledRoute, Snapshot
from proxy.stages.cors import Cors, is_preflight
from routing.path import PathError, PathFlag, allows, decoded_readings
from routing.reserved import OPEN_PATHS, is_reserved

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
        if snapshot.control_route is None or not _serves_control(surface, path.path):
            raise no_route()
        _refuse_unreadable(request)
        exchange.route = snapshot.control_route
        exchange.service = exchange.route.service
        return
    if surface == "control" or path.path == snapshot.batch_path:
        raise no_route()
    found = _route_of(snapshot, request, path.match_key)
    if found is None:
        raise bad_request("the path is ambiguous") if path.flags else no_route()
    route, exchange.captures = found
    exchange.route, exchange.service = route, route.service
    if path.flags:
        _refuse_ambiguity(snapshot, request, route)
    if route.problem:
        raise broken_route(route.problem)


def _route_of(snapshot: Snapshot, request: Request, key: bytes) -> tuple[CompiledRoute, Captures] | None:
    found = snapshot.table.match(request.method, request.host, key, request.header, request.query, request.address)
    if request.method == "OPTIONS" and is_preflight(request.method, request.fields):
        return _preflight_route(snapshot, request, key) or found
    return found


def _refuse_ambiguity(snapshot: Snapshot, request: Request, route: CompiledRoute) -> None:
    """What the route does not take; and an upstream that decodes `%2F` must not find what another route is for."""
    if not allows(route.spec.path_handling, request.path.flags):
        raise bad_request("the path is ambiguous")
    if not request.path.flags & PathFlag.ENCODED_DELIMITER:
        return
    try:
        for key in decoded_readings(request.path.path):
            other = _route_of(snapshot, request, key)
            if other is not None and other[0] is not route:
                raise bad_request("the path, decoded, is another route's")
    except PathError as error:
        raise bad_request(str(error)) from None


def _serves_control(surface: str, path: bytes) -> bool:
    return surface in ("all", "control") or (surface == "traffic" and path in OPEN_PATHS)


def _refuse_unreadable(request: Request) -> None:
    """What the server of the control plane would not read is refused here, as everything else is (G-001)."""
    if request.method not in METHODS:
        raise method_refused(f"{request.method} is not served here")
    if not request.query.isascii():
        raise bad_request("the query holds bytes that are not ASCII")


def _to_batch(exchange: Exchange, snapshot: Snapshot) -> None:
    assert exchange.request is not None
    assert snapshot.batch_route is not None
    if exchange.request.path.flags:
        raise bad_request("the path is ambiguous")
    exchange.route = snapshot.batch_route
    exchange.service = exchange.route.service


def _preflight_route(snapshot: Snapshot, request: Request, key: bytes) -> tuple[CompiledRoute, Captures] | None:
    """The route of the request that a browser asks leave for, if it answers that itself (G-300).

    The request's own fields are not known yet, so conditions on them are judged by those of the preflight.
    """
    method = request.fields[b"access-control-request-method"].decode("latin-1")
    found = snapshot.table.match(method, request.host, key, request.header, request.query, request.address)
    return found if found is not None and any(isinstance(decide, Cors) for decide in found[0].chain) else None
