"""Balance and forward, as one loop: an instance that fails goes back to the balancer (G-360, G-380, G-402, G-404).

What an attempt acquires, a connection and the instance's count, it gives back in one `finally`, whatever happens:
success, failure, a client that leaves.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Collection, Sequence
from typing import TYPE_CHECKING

from proxy.breaker.passage import LOAN_MARGIN_SECONDS, Passage
from proxy.errors import circuit_open, no_instance, timed_out
from proxy.exchange import Exchange
from proxy.forwarding.attempt import ask
from proxy.forwarding.failure import AttemptFailed, backoff_seconds, may_retry
from proxy.forwarding.relay import relay
from proxy.forwarding.request_body import RequestBody, request_body
from proxy.forwarding.upstream_head import upstream_head
from proxy.transport.pool import ConnectFailed, Pool, PoolExhausted
from proxy.transport.upstream import UpstreamConnection
from services.spec import InstanceSpec

if TYPE_CHECKING:
    from proxy.balancing.balancer import Balancer
    from proxy.breaker.service_breakers import Calm
    from proxy.snapshot.snapshot import CompiledService


def dispatch(exchange: Exchange, key: bytes = b"", seconds: float | None = None) -> Awaitable[None]:
    """Forwards the request and relays the answer; it, or its awaitable, raises `GatewayError` when none came.

    `key` is what the strategy `hash` chooses by; `seconds` is how long it may take, where that is not the route's time.
    """
    route, service = exchange.route, exchange.service
    assert route is not None
    assert service is not None
    exchange.balancer = route.balancer if service is route.service else _balancer_of(exchange, service)
    began = exchange.started + exchange.held_seconds
    exchange.deadline = began + (route.spec.timeout_seconds if seconds is None else seconds)
    if exchange.runtime.now() >= exchange.deadline:
        raise timed_out("no time was left to ask an instance")  # for which none is to blame
    service.retries.count(exchange.started)
    return _forward(exchange, service, exchange.balancer, key)


async def _forward(exchange: Exchange, service: CompiledService, balancer: Balancer, key: bytes) -> None:
    """Attempt after attempt, until one is answered or there must be no other."""
    body = request_body(exchange)
    tried: list[str] = []
    stale_at: set[str] = set()
    last: AttemptFailed | None = None
    try:
        while True:
            candidates, passage = service.candidates(), exchange.passage
            instance = balancer.pick(candidates, tried if passage is None else passage.avoiding(tried), key)
            if instance is None:
                await _next_round(exchange, candidates, last)
                tried.clear()
                continue
            if passage is not None and not passage.enter(instance.id):
                continue  # another took the last probe in this moment; now the breaker is known to refuse
            try:
                await _attempt(exchange, instance, service.pools[instance.id], body, fresh=instance.id in stale_at)
                break
            except AttemptFailed as failure:
                last = failure
                _report(exchange, instance.id, failure)
                if _only_stale(exchange, failure, instance.id, stale_at, body):
                    stale_at.add(instance.id)
                    continue
            if instance.id not in tried:
                tried.append(instance.id)
            exchange.retries += 1
    except AttemptFailed as failure:
        raise _given_up(exchange, failure) from None
    if exchange.recording is not None:
        exchange.recording.end()


def _given_up(exchange: Exchange, failure: AttemptFailed) -> Exception:
    """What the client is told after the last failure; the failure itself where he has been told something else."""
    if exchange.passage is not None:  # it was made by the failure, where breakers are on
        exchange.passage.request_ended("nothing" if failure.kind == "busy" else "failure")
    return failure if exchange.downstream.started else failure.as_error()


def _balancer_of(exchange: Exchange, service: CompiledService) -> Balancer:
    """That of a service which a stage chose instead of the route's, of the same strategy."""
    route = exchange.route
    assert route is not None
    return exchange.runtime.live.balancer(service.spec, route.spec.load_balance_strategy)


def _report(exchange: Exchange, instance_id: str, failure: AttemptFailed) -> None:
    """Tells everybody who judges the instance by how it does."""
    assert exchange.service is not None
    assert exchange.balancer is not None
    counts = not failure.stale and failure.kind != "busy"
    exchange.runtime.observe.attempt_failed(exchange, "stale" if failure.stale else failure.kind)
    if counts:
        exchange.service.report(instance_id, success=False)
    if exchange.passage is None and exchange.calm is not None:
        _passage(exchange, exchange.calm, instance_id)
    if exchange.passage is not None:
        exchange.passage.attempt_ended("failure" if counts else "nothing")
    if not failure.stale:
        exchange.balancer.failed(instance_id)


def _passage(exchange: Exchange, calm: Calm, instance_id: str) -> Passage:
    """That of a request which began in calm."""
    loan_ends = exchange.deadline + LOAN_MARGIN_SECONDS
    exchange.passage = passage = Passage.of_calm(calm, instance_id, loan_ends, exchange.successes)
    return passage


def _answered(exchange: Exchange, instance_id: str, status: int) -> None:
    """The same for an answer; one of 500 or more is a failure."""
    assert exchange.service is not None
    exchange.service.report(instance_id, success=status < 500)
    passage, calm = exchange.passage, exchange.calm
    if passage is None:
        if calm is None:
            return
        if status < 500 and calm.holds():
            calm.breakers.successes += 1
            return
        passage = _passage(exchange, calm, instance_id)
    passage.answered(success=status < 500)


def _only_stale(
    exchange: Exchange, failure: AttemptFailed, instance_id: str, stale_at: Collection[str], body: RequestBody
) -> bool:
    """Whether a kept connection was merely stale, so that a fresh one to the same instance comes next.

    Raises `failure` when nothing may be repeated.
    """
    route, service = exchange.route, exchange.service
    assert route is not None
    assert service is not None
    if exchange.downstream.started or not _may_repeat(exchange, failure, body):
        raise failure
    if failure.stale and instance_id not in stale_at:
        return True
    if exchange.retries >= route.spec.retry_count or not service.retries.spend(exchange.runtime.now()):
        raise failure
    return False


def _may_repeat(exchange: Exchange, failure: AttemptFailed, body: RequestBody) -> bool:
    request = exchange.request
    assert request is not None
    marked = b"idempotency-key" in request.fields
    return may_retry(failure, request.method, has_idempotency_key=marked) and body.rewind()


async def _next_round(exchange: Exchange, candidates: Sequence[InstanceSpec], last: AttemptFailed | None) -> None:
    """Nobody is left to ask: waits before all are asked again, unless the time would run out meanwhile.

    Where the last one was busy there is no next round: its queue was the wait, and waiting here would have no bound.
    """
    if not candidates:
        assert exchange.service is not None
        raise no_instance(f"service {exchange.service.spec.name} has no usable instance")
    blocked = exchange.passage.seconds_blocked(candidates) if exchange.passage is not None else None
    if blocked is not None:
        raise last or circuit_open(blocked)
    if last is None:
        return
    if last.kind == "busy":
        raise AttemptFailed("busy", "every instance is busy")
    seconds = backoff_seconds(exchange.retries - 1, random.random())  # noqa: S311  (spreads retries, guards no secret)
    if exchange.runtime.now() + seconds >= exchange.deadline:
        raise AttemptFailed("timeout", "no time left for another attempt")
    await asyncio.sleep(seconds)


async def _attempt(exchange: Exchange, instance: InstanceSpec, pool: Pool, body: RequestBody, *, fresh: bool) -> None:
    balancer, now = exchange.balancer, exchange.runtime.now
    assert balancer is not None
    head = upstream_head(exchange, pool.endpoint.authority)
    exchange.instance = instance
    asked = exchange.asked = now()
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
        is_told = answer.length < 0 or (exchange.passage is not None and exchange.passage.is_probe)
        if is_told:  # the end may be far, and a probe is waited for
            _answered(exchange, instance.id, answer.head.status)
        reusable = await relay(exchange, connection, answer) and answer.body_was_sent
        if not is_told:
            _answered(exchange, instance.id, answer.head.status)
    finally:
        if body.counted > exchange.bytes_in:  # a tunnel counts for itself
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
