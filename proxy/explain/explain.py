"""The one function: what becomes of a request, and why (G-410)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from proxy.downstream import Downstream
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.explain.asked import Asked
from proxy.explain.explanation import CandidateTold, CandidateVerdict, Explanation, PathTold, RouteTold
from proxy.explain.rehearsal import Ended, Rehearsal
from proxy.explain.scene import Forwarded, Look, Untold
from proxy.explain.upstream import upstream_told
from proxy.forwarding.forwarded import client_address
from proxy.reply import Reply
from proxy.request import Request
from proxy.runtime import GatewayRuntime
from proxy.snapshot.snapshot import BATCH, CONTROL
from proxy.stages.cors import is_preflight
from proxy.stages.match_route import match_route
from routing.candidates import Candidate, Check, candidates, in_order
from routing.matcher import RouteTable
from routing.path import PathFlag
from routing.spec import RouteSpec

MOST_CANDIDATES = 100


async def explain(runtime: GatewayRuntime, asked: Asked, look: Look, inactive: RouteTable[Any]) -> Explanation:
    """What `runtime`, whose stores keep nothing, would do with the request; `inactive` are routes switched off.

    The order is that of `proxy/pipeline.py: serve`, and each step is the same function.
    """
    told = Explanation(revision=runtime.revision, outcome="refused", path=PathTold(sent=asked.target.partition("?")[0]))
    exchange = Exchange(runtime, cast("Downstream", None), runtime.now())  # nobody is answered
    try:
        request = exchange.request = Request(asked.head(runtime.options), peer=asked.address, scheme=asked.scheme)
    except GatewayError as error:
        return _refused(replace(told, path=replace(told.path, refused=error.reason)), error)
    if runtime.options.trusted_proxies:
        request.address = client_address(request.peer, request.headers, runtime.trusted)
    told = replace(told, path=_path(told.path, request))
    try:
        match_route(exchange, "all")
    except GatewayError as error:
        told = _refused(told, error)
    if exchange.route is not None and exchange.route.spec.id in (CONTROL, BATCH):
        return replace(told, outcome="control" if exchange.route.spec.id == CONTROL else "batch")
    served = exchange.route.spec if exchange.route is not None else None
    told = _with_candidates(told, _candidates(exchange, request, served, inactive), served)
    if exchange.route is None or told.code:
        return told
    return await _rehearsed(told, exchange, look)


async def _rehearsed(told: Explanation, exchange: Exchange, look: Look) -> Explanation:
    assert exchange.route is not None
    rehearsal = Rehearsal(exchange, exchange.route, look)
    await rehearsal.run()
    told = replace(told, steps=tuple(rehearsal.steps), upstream=upstream_told(rehearsal.scene))
    return _ended(told, rehearsal.ended)


def _ended(told: Explanation, ended: Ended) -> Explanation:
    match ended:
        case GatewayError():
            return _refused(told, ended)
        case Reply():
            return replace(told, outcome="answered", status=ended.status)
        case Untold():
            return replace(told, outcome="unknown", reason=str(ended))
        case Forwarded():
            return replace(told, outcome="forwarded")


def _refused(told: Explanation, error: GatewayError) -> Explanation:
    return replace(told, outcome="refused", code=str(error.code), status=error.status, reason=error.reason)


def _path(sent: PathTold, request: Request) -> PathTold:
    flags = tuple(flag.name.lower() for flag in PathFlag if flag in request.path.flags and flag.name)
    return replace(sent, canonical=request.path.path.decode("ascii", "replace"), ambiguities=flags)


def _candidates(
    exchange: Exchange, request: Request, served: RouteSpec | None, inactive: RouteTable[Any]
) -> list[Candidate[Any]]:
    """Those of the table, and those that would be there were they active.

    A preflight is a question about another method: where a route answers it, the candidates are those of that method.
    """
    methods = [request.method]
    if is_preflight(request.method, request.fields):
        methods.append(request.fields[b"access-control-request-method"].decode("latin-1"))
    for method in methods:
        asked = (method, request.host, request.path.match_key, request.header, request.query, request.address)
        found = candidates(exchange.snapshot.table, *asked)
        first = next((candidate.route for candidate in found if candidate.fits), None)
        if served is None or first is served:
            break
    off = [_switched_off(candidate) for candidate in candidates(inactive, *asked)]
    return in_order([*found, *off])


def _switched_off(candidate: Candidate[Any]) -> Candidate[Any]:
    return candidate._replace(checks=(Check("active", "route is active", passed=False), *candidate.checks))


def _with_candidates(told: Explanation, found: list[Candidate[Any]], served: RouteSpec | None) -> Explanation:
    return replace(
        told,
        route=route_told(served) if served is not None else None,
        candidates=tuple(
            CandidateTold(route=route_told(one.route), verdict=_verdict(one, served), checks=one.checks)
            for one in found[:MOST_CANDIDATES]
        ),
        candidates_left_out=max(0, len(found) - MOST_CANDIDATES),
    )


def _verdict(candidate: Candidate[Any], served: RouteSpec | None) -> CandidateVerdict:
    if not candidate.fits:
        return "does_not_fit"
    return "serves" if served is not None and candidate.route.id == served.id else "comes_after"


def route_told(spec: RouteSpec) -> RouteTold:
    """What is told of a route."""
    return RouteTold(
        id=spec.id,
        name=spec.name,
        path_pattern=spec.path_pattern,
        service=spec.service_name,
        priority=spec.priority,
        problem=spec.problem,
    )
