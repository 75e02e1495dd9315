"""The request path: one order, written down once.

`observe` and `match_route` run for every request; the stages below are folded for each route when a snapshot is
compiled, so that a request meets only those its route uses. The order is the order of errors in G-323.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Iterable, Iterator
from dataclasses import replace
from types import ModuleType

from proxy.consumer_chains import ConsumerChains
from proxy.downstream import ClientGone, Downstream, PromptDownstream, ResponseCut
from proxy.errors import GatewayError, internal
from proxy.exchange import Exchange
from proxy.forwarding.failure import AttemptFailed
from proxy.forwarding.forwarded import client_address
from proxy.forwarding.underway import Underway
from proxy.http1.request_head import RequestHead
from proxy.own_answer import own_answer
from proxy.reply import Reply
from proxy.request import Request
from proxy.runtime import GatewayRuntime
from proxy.snapshot.parts import Parts
from proxy.snapshot.snapshot import Decision
from proxy.stages import (
    aggregate,
    authenticate,
    basic_auth,
    break_circuit,
    change_headers,
    check_permission,
    consumer_restriction,
    cors,
    dispatch,
    fault_injection,
    ip_restriction,
    key_auth,
    mirror,
    path_rewrite,
    rate_limit,
    redirect,
    request_id,
    request_size_limit,
    request_validation,
    serve_from_cache,
    traffic_split,
)
from proxy.stages.match_route import match_route
from routing.spec import RouteSpec

STAGES: tuple[ModuleType, ...] = (
    request_id,
    cors,
    redirect,
    ip_restriction,
    key_auth,
    basic_auth,
    authenticate,
    consumer_restriction,
    check_permission,
    rate_limit,
    request_size_limit,
    request_validation,
    fault_injection,
    change_headers,
    path_rewrite,
    traffic_split,
    mirror,
    serve_from_cache,
    break_circuit,
    aggregate,
    dispatch,
)

CLIENT_CLOSED = 499
"""Recorded for a client that left before its answer; never sent."""

logger = logging.getLogger(__name__)


PLUGIN_NAMES = frozenset(stage.NAME for stage in STAGES if hasattr(stage, "SCHEMA"))

KNOWS_CALLER = STAGES.index(authenticate) + 1
"""From here on it is settled who is asking, so a consumer's own plugins can take part."""


def fold(route: RouteSpec, parts: Parts) -> tuple[Decision, ...]:
    """The decisions a request of `route` goes through, in order."""
    own = bound(route, parts)
    first, rest = folded(STAGES[:KNOWS_CALLER], own, parts), folded(STAGES[KNOWS_CALLER:], own, parts)
    if not (parts.consumer_plugins and first):
        return (*first, *rest)

    def folded_for(consumer: str) -> tuple[Decision, ...]:
        return folded(STAGES[KNOWS_CALLER:], bound(route, parts, consumer), parts)

    return (*first, ConsumerChains(rest, parts.consumer_plugins, folded_for))


def bound(route: RouteSpec, parts: Parts, consumer: str = "") -> RouteSpec:
    """The route as stages are folded from it: with the plugins in force for it, or for a consumer's requests to it.

    Raises `ValueError` for a plugin that this program does not have: it may have been what guards the route (A2).
    """
    plugins = parts.bound_plugins(route, consumer)
    for name in plugins:
        if name not in PLUGIN_NAMES:
            raise ValueError(f"plugins: {name} is not known")
    return replace(route, plugins=plugins)


def folded(stages: Iterable[ModuleType], route: RouteSpec, parts: Parts) -> tuple[Decision, ...]:
    """The decisions of these stages that `route` uses."""
    return tuple(decision for _name, decision in named(stages, route, parts))


def named(stages: Iterable[ModuleType], route: RouteSpec, parts: Parts) -> list[tuple[str, Decision]]:
    """The same, each with the name of its stage."""
    decisions = ((stage.NAME, stage.fold(route, parts)) for stage in stages)
    return [(name, decision) for name, decision in decisions if decision is not None]


async def serve(
    runtime: GatewayRuntime, head: RequestHead, downstream: Downstream, *, peer: str, scheme: str, surface: str
) -> None:
    """Takes one request from its head to the last byte of its answer."""
    serving = Serving(runtime, head, downstream)
    serving.begin(peer, scheme, surface)
    await serving.rest()


class Serving:
    """One request on its way through the stages: as far as it gets without waiting, then the `rest` of it."""

    __slots__ = ("_decisions", "_error", "_head", "_waiting", "exchange")

    def __init__(self, runtime: GatewayRuntime, head: RequestHead, downstream: Downstream) -> None:
        self.exchange = Exchange(runtime, downstream, runtime.now())
        self._head = head
        self._decisions: Iterator[Decision] = iter(())
        """Those still to be made."""
        self._waiting: Awaitable[None] | None = None
        """What the last one that was made waits for."""
        self._error: Exception | None = None
        runtime.observe.begin()

    def begin(self, peer: str, scheme: str, surface: str) -> None:
        """Goes on until a stage has to wait or ends the request; raises nothing."""
        exchange, head = self.exchange, self._head
        runtime = exchange.runtime
        try:
            request = exchange.request = Request(head, peer=peer, scheme=scheme)
            exchange.request_id = request.sent_request_id() or exchange.trace_id
            if runtime.options.trusted_proxies:
                request.address = client_address(peer, request.headers, runtime.trusted)
            match_route(exchange, surface)
            assert exchange.route is not None
            decisions = self._decisions = iter(exchange.route.chain)
            for decide in decisions:
                waiting = decide(exchange)
                if waiting is not None:
                    self._waiting = waiting
                    return
        except Exception as error:  # noqa: BLE001 - `rest` judges it
            self._error = error

    def begin_at_once(self, downstream: PromptDownstream, peer: str, scheme: str, surface: str) -> None:
        """The same for a request that may be answered without anybody waiting; else `downstream` is told to go on."""
        self.exchange.at_once = downstream
        self.begin(peer, scheme, surface)
        if type(self._waiting) is Underway:
            self._waiting.owner = self
        elif isinstance(self._error, Reply | GatewayError):
            self._tell_at_once(downstream, self._error)
        else:
            downstream.go_on()

    def _tell_at_once(self, downstream: PromptDownstream, error: Reply | GatewayError) -> None:
        """What a stage answered by itself needs nobody to wait for it either."""
        self._error = None  # whose traceback knows this object
        try:
            answer = own_answer(self.exchange, error, self._head)
            assert answer is not None
            downstream.answer(*answer)
        except Exception as mistake:  # noqa: BLE001 - `rest` judges it
            self.go_on(mistake)
        else:
            self.ended()

    async def rest(self) -> None:
        """What `begin` has left, to the last byte of the answer."""
        exchange, head = self.exchange, self._head
        exchange.at_once = None  # now somebody waits
        try:
            await self._go_through()
        except (Reply, GatewayError) as error:
            await _tell(exchange, error, head)
        except (ClientGone, asyncio.CancelledError):
            exchange.status, exchange.outcome = CLIENT_CLOSED, "client_gone"
            raise
        except AttemptFailed as failure:
            exchange.outcome, exchange.reason = "cut", failure.reason
            exchange.downstream.abort()
        except ResponseCut:
            exchange.outcome = "cut"
            raise
        except Exception as error:
            logger.exception("request %s failed", exchange.request_id.decode())
            await _tell(exchange, internal(repr(error)), head)
        finally:
            _end(exchange, head)

    async def _go_through(self) -> None:
        """The rest of the stages."""
        if self._error is not None:
            raise self._taken_error()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            await waiting
        for decide in self._decisions:
            waiting = decide(self.exchange)
            if waiting is not None:
                await waiting

    def _taken_error(self) -> Exception:
        """Whose traceback knows this object, so that neither may keep the other."""
        error, self._error = self._error, None
        assert error is not None
        return error

    def abandon(self) -> None:
        """The client has left before anybody awaited the rest."""
        waiting = self._waiting
        if isinstance(waiting, Underway):
            waiting.abandon()
        elif isinstance(waiting, Coroutine):
            waiting.close()
        self.exchange.status, self.exchange.outcome = CLIENT_CLOSED, "client_gone"
        _end(self.exchange, self._head)

    # What `Underway` tells its owner.

    def ended(self) -> None:
        """The whole answer has been sent."""
        downstream = self.exchange.at_once
        assert downstream is not None
        self._waiting = None
        try:
            _end(self.exchange, self._head)
        finally:  # or the client's next request would never be read
            downstream.ended()

    def go_on(self, error: Exception | None = None) -> None:
        """Somebody has to wait, or has to be told of `error`."""
        if error is not None:
            self._error, self._waiting = error, None
        assert self.exchange.at_once is not None
        self.exchange.at_once.go_on()


def _end(exchange: Exchange, head: RequestHead) -> None:
    exchange.at_once = None  # which knows the exchange: rings of objects would keep the garbage collector busy
    if exchange.passage is not None:
        exchange.passage.leave()
    if exchange.recording is not None:
        exchange.recording.close(client_left=exchange.status == CLIENT_CLOSED)
    exchange.runtime.observe.end(exchange, head)


async def _tell(exchange: Exchange, error: Reply | GatewayError, head: RequestHead) -> None:
    answer = own_answer(exchange, error, head)
    if answer is None:
        exchange.downstream.abort()
    else:
        await exchange.downstream.respond(*answer)
