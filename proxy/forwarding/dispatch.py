"""Balance and forward, as one loop: an instance that fails goes back to the balancer (G-380, G-402, G-404).

What an attempt acquires, a connection and the instance's count, it gives back in one `finally`, whatever happens:
success, failure, a client that leaves.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection
from typing import TYPE_CHECKING

from proxy.errors import no_instance
from proxy.exchange import Exchange
from proxy.forwarding.attempt import ask
from proxy.forwarding.failure import AttemptFailed, Kind, backoff_seconds, may_retry
from proxy.forwarding.relay import relay
from proxy.forwarding.request_body import RequestBody
from proxy.forwarding.upstream_head import upstream_head
from proxy.transport.pool import ConnectFailed, Pool, PoolExhausted
from proxy.transport.upstream import UpstreamConnection
from services.spec import InstanceSpec

if TYPE_CHECKING:
    from proxy.balancing.balancer import Balancer
    from proxy.snapshot.snapshot import CompiledService


async def dispatch(exchange: Exchange, key: bytes = b"") -> None:
    """Forwards the request and relays the answer; raises `GatewayError` when no instance gave one.

    `key` is what the strategy `hash` chooses by.
    """
    route, service = exchange.route, exchange.service
    assert route is not None
    assert service is not None
    balancer = exchange.balancer = _balancer(exchange, service)
    exchange.deadline = exchange.started + route.spec.timeout_seconds
    body = _request_body(exchange)
    tried: list[str] = []
    stale_at: set[str] = set()
    while True:
        candidates = service.candidates()
        instance = balancer.pick(candidates, tried, key)
        if instance is None:
            if not candidates:
                raise no_instance(f"service {service.spec.name} has no usable instance")
            tried.clear()
            continue
        try:
            await _attempt(exchange, instance, service.pools[instance.id], body, fresh=instance.id in stale_at)
            service.report(instance.id, success=exchange.status < 500)
            return
        except AttemptFailed as failure:
            if not failure.stale and failure.kind != "busy":
                service.report(instance.id, success=False)
            if _again_at_once(exchange, failure, instance.id, stale_at, body):
                stale_at.add(instance.id)
                continue
            kind = failure.kind
        if instance.id not in tried:
            tried.append(instance.id)
        if len(tried) >= len(candidates):
            await _pause(exchange, kind)
            tried.clear()
        exchange.retries += 1


def _request_body(exchange: Exchange) -> RequestBody:
    request, route = exchange.request, exchange.route
    assert request is not None
    assert route is not None
    own = route.spec.max_body_bytes
    limit = own if own is not None else exchange.runtime.options.max_body_bytes
    return RequestBody(exchange.downstream, request.length, limit)


def _balancer(exchange: Exchange, service: CompiledService) -> Balancer:
    """The route's, or for a service that a stage chose instead its own of the same strategy."""
    route = exchange.route
    assert route is not None
    if service is route.service:
        return route.balancer
    return exchange.runtime.live.balancer(service.spec, route.spec.load_balance_strategy)


def _again_at_once(
    exchange: Exchange, failure: AttemptFailed, instance_id: str, stale_at: Collection[str], body: RequestBody
) -> bool:
    """Whether a kept connection was merely stale, so that a fresh one to the same instance comes next.

    Raises what the client is told when nothing may be repeated.
    """
    route, balancer = exchange.route, exchange.balancer
    assert route is not None
    assert balancer is not None
    if not failure.stale:
        balancer.failed(instance_id)
    if exchange.downstream.started:
        raise failure
    stale = failure.stale and instance_id not in stale_at
    if (exchange.retries >= route.spec.retry_count and not stale) or not _may_repeat(exchange, failure, body):
        raise failure.as_error() from None
    return stale


def _may_repeat(exchange: Exchange, failure: AttemptFailed, body: RequestBody) -> bool:
    request = exchange.request
    assert request is not None
    marked = b"idempotency-key" in request.fields
    return may_retry(failure, request.method, has_idempotency_key=marked) and body.rewind()


async def _pause(exchange: Exchange, kind: Kind) -> None:
    """Every instance has been tried once: wait before the next round, unless the time would run out meanwhile.

    Where the last one was busy there is no next round: its queue was the wait, and waiting here would have no bound.
    """
    if kind == "busy":
        raise AttemptFailed("busy", "every instance is busy").as_error()
    seconds = backoff_seconds(exchange.retries, random.random())  # noqa: S311  (spreads retries, guards no secret)
    if exchange.runtime.now() + seconds >= exchange.deadline:
        raise AttemptFailed("timeout", "no time left for another attempt").as_error()
    await asyncio.sleep(seconds)


async def _attempt(exchange: Exchange, instance: InstanceSpec, pool: Pool, body: RequestBody, *, fresh: bool) -> None:
    balancer, now = exchange.balancer, exchange.runtime.now
    assert balancer is not None
    head = upstream_head(exchange, pool.endpoint.authority)
    exchange.instance = instance
    asked = now()
    connection = (None if fresh else pool.take_idle()) or await _connect(pool, exchange.deadline - asked, fresh=fresh)
    balancer.acquire(instance.id)
    reusable = False
    try:
        connection.deadline = exchange.deadline
        connection.uses += 1
        answer = await ask(exchange, connection, head, body)
        seconds = now() - asked
        exchange.upstream_seconds += seconds
        balancer.observe(instance.id, seconds)
        reusable = await relay(exchange, connection, answer) and answer.body_was_sent
    finally:
        exchange.bytes_in = body.counted
        balancer.release(instance.id)
        pool.release(connection, reusable=reusable)


async def _connect(pool: Pool, seconds: float, *, fresh: bool) -> UpstreamConnection:
    if seconds <= 0:
        raise AttemptFailed("timeout", "no time left to connect")
    try:
        return await pool.acquire(seconds, fresh=fresh)
    except PoolExhausted as error:
        raise AttemptFailed("busy", str(error)) from None
    except ConnectFailed as error:
        is_over = error.timed_out and seconds <= pool.endpoint.connect_timeout
        raise AttemptFailed("timeout" if is_over else "connect", f"connect: {error}") from None
