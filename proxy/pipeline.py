"""The request path: one order, written down once.

`observe` and `match_route` run for every request; the stages below are folded for each route when a snapshot is
compiled, so that a request meets only those its route uses. The order is the order of errors in G-323.
"""

from __future__ import annotations

import asyncio
import logging
from types import ModuleType

from proxy.downstream import ClientGone, Downstream, ResponseCut
from proxy.error_response import error_response
from proxy.errors import GatewayError, internal
from proxy.exchange import Exchange
from proxy.forwarding.failure import AttemptFailed
from proxy.forwarding.forwarded import client_address
from proxy.http1.framing import NO_LENGTH
from proxy.http1.request_head import RequestHead
from proxy.request import Request
from proxy.runtime import GatewayRuntime
from proxy.snapshot.parts import Parts
from proxy.snapshot.snapshot import Decision
from proxy.stages import authenticate, check_permission, dispatch, limit_body, rate_limit
from proxy.stages.match_route import match_route
from routing.spec import RouteSpec

STAGES: tuple[ModuleType, ...] = (
    authenticate,
    check_permission,
    rate_limit,
    limit_body,
    dispatch,
)

CLIENT_CLOSED = 499
"""Recorded for a client that left before its answer; never sent."""

logger = logging.getLogger(__name__)


def fold(route: RouteSpec, parts: Parts) -> tuple[Decision, ...]:
    """The decisions a request of `route` goes through, in order."""
    folded = (stage.fold(route, parts) for stage in STAGES)
    return tuple(decision for decision in folded if decision is not None)


async def serve(
    runtime: GatewayRuntime, head: RequestHead, downstream: Downstream, *, peer: str, scheme: str, surface: str
) -> None:
    """Takes one request from its head to the last byte of its answer."""
    exchange = Exchange(runtime, downstream, runtime.now())
    runtime.observe.begin()
    try:
        request = exchange.request = Request(head, peer=peer, scheme=scheme)
        exchange.request_id = request.sent_request_id() or exchange.trace_id
        if runtime.options.trusted_proxies:
            request.address = client_address(peer, request.headers, runtime.trusted)
        match_route(exchange, surface)
        assert exchange.route is not None
        for decide in exchange.route.chain:
            waiting = decide(exchange)
            if waiting is not None:
                await waiting
    except GatewayError as error:
        await _answer(exchange, error, head)
    except (ClientGone, asyncio.CancelledError):
        exchange.status, exchange.outcome = CLIENT_CLOSED, "client_gone"
        raise
    except AttemptFailed as failure:
        exchange.outcome, exchange.reason = "cut", failure.reason
    except ResponseCut:
        exchange.outcome = "cut"
        raise
    except Exception as error:
        logger.exception("request %s failed", exchange.request_id.decode())
        await _answer(exchange, internal(repr(error)), head)
    finally:
        runtime.observe.end(exchange, head)


async def _answer(exchange: Exchange, error: GatewayError, head: RequestHead) -> None:
    """The one seam where an error becomes a reply; after the head has gone out only breaking off is left."""
    exchange.outcome, exchange.reason = error.code, error.reason
    if exchange.downstream.started:
        exchange.downstream.abort()
        return
    status, phrase, headers, body = error_response(error, head.fields.get(b"accept-language"))
    headers += exchange.reply_headers
    headers.append((b"x-request-id", exchange.request_id))
    headers.append((b"date", exchange.runtime.http_date()))
    if error.closes:
        headers.append((b"connection", b"close"))
    exchange.status = status
    is_head = head.method == "HEAD"
    exchange.bytes_out = 0 if is_head else len(body)
    length = len(body) if body else NO_LENGTH
    await exchange.downstream.respond(status, phrase, headers, b"" if is_head else body, length)
