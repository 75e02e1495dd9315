"""Balance and forward, as one loop: an instance that fails goes back to the balancer (G-360, G-380, G-402, G-404).

What an attempt acquires, a connection and the instance's count, it gives back in one `finally`, whatever happens:
success, failure, a client that leaves.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Collection, Sequence
from typing import TYPE_CHECKING

from proxy.errors import circuit_open, no_instance, timed_out
from proxy.exchange import Exchange
from proxy.forwarding.attempt import ask
from proxy.forwarding.failure import AttemptFailed, backoff_seconds, is_idempotent, may_retry
from proxy.forwarding.judging import answered, report
from proxy.forwarding.relay import relay
from proxy.forwarding.request_body import REPLAY_BYTES, RequestBody, request_body
from proxy.forwarding.underway import may_go_at_once, sent_at_once
from proxy.forwarding.upstream_head import upstream_head
from proxy.transport.pool import ConnectFailed, Pool, PoolExhausted
from proxy.transport.upstream import UpstreamConnection
from services.spec import InstanceSpec

WITHOUT_BODY = frozenset(("GET", "HEAD", "DELETE", "OPTIONS"))

if TYPE_CHECKING:
    from proxy.balancing.balancer import Balancer
    from proxy.snapshot.snapshot import CompiledService


Sent = UpstreamConnection | None
"""Over which the request has gone out already, where it has."""
First = tuple[InstanceSpec, Sent]


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
    balancer = exchange.balancer
    candidates = service.candidates()
    is_prompt = may_go_at_once(exchange) and not service.doubted()
    chosen = balancer.pick(candidates, (), key) if is_prompt else None
    if chosen is None:
        return _forward(exchange, service, balancer, key)
    underway = sent_at_once(exchange, balancer, chosen, service.pools[chosen.id])
    if underway is None:
        return _forward(exchange, service, balancer, key, (chosen, None))
    underway.otherwise(lambda sent: _forward(exchange, service, balancer, key, (chosen, sent)))
    return underway


async def _forward(
    exchange: Exchange, service: CompiledService, balancer: Balancer, key: bytes, first: First | None = None
) -> None:
    """Attempt after attempt, until one is answered or there must be no other.

    `first`: the instance that is chosen already, and the connection over which the request was sent to it, if it was.
    """
    chosen, sent = first or (None, None)
    body = request_body(exchange)
    tried, stale_at = list[str](), set[str]()
    last: AttemptFailed | None = None
    try:
        while True:
            passage = exchange.passage
            instance, chosen = chosen or balancer.pick(service.candidates(), _avoided(exchange, tried, body), key), None
            if instance is None:
                await _next_round(exchange, service.candidates(), last)
                tried.clear()
                continue
            if passage is not None and not passage.enter(instance.id):
                continue  # another took the last probe in this moment; now the breaker is known to refuse
            try:
                pool = service.pools[instance.id]
                await _attempt(exchange, instance, pool, body, sent, fresh=instance.id in stale_at)
                break
            except AttemptFailed as failure:
                last, sent = failure, None
                report(exchange, instance.id, failure, is_repeatable=_is_repeatable(exchange, body))
                if not _goes_on(exchange, failure, instance.id, tried, stale_at, body):
                    raise
                chosen = None if instance.id in tried else instance
    except AttemptFailed as failure:
        raise _given_up(exchange, failure) from None
    finally:
        last = None  # its traceback leads here: a ring, which would keep all of the request for the garbage collector
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


def _avoided(exchange: Exchange, tried: Sequence[str], body: RequestBody) -> Collection[str]:
    """The ids of instances that are not picked now."""
    service, passage = exchange.service, exchange.passage
    assert service is not None
    candidates = service.candidates()
    avoided = tried if passage is None else passage.avoiding(tried)
    if (doubted := service.doubted()) and not _is_repeatable(exchange, body):
        return _avoiding_doubt(candidates, avoided, doubted)
    return avoided


def _avoiding_doubt(
    candidates: Sequence[InstanceSpec], avoided: Collection[str], doubted: Collection[str]
) -> Collection[str]:
    """Also the instances in doubt, unless nobody else is left: only what may be repeated finds out how they are.

    decisions/instance-health.md
    """
    more = {*avoided, *doubted}
    return avoided if all(one.id in more for one in candidates) else more


def _goes_on(
    exchange: Exchange,
    failure: AttemptFailed,
    instance_id: str,
    tried: list[str],
    stale_at: set[str],
    body: RequestBody,
) -> bool:
    """Whether another attempt comes, and notes where.

    To the same instance over a fresh connection where a kept one was merely stale, else to one not yet `tried`.
    """
    route, service = exchange.route, exchange.service
    assert route is not None
    assert service is not None
    if exchange.downstream.started or not _may_repeat(exchange, failure, body):
        return False
    if failure.stale and instance_id not in stale_at:
        stale_at.add(instance_id)
        return True
    if exchange.retries >= route.spec.retry_count or not service.retries.spend(exchange.runtime.now()):
        return False
    if instance_id not in tried:
        tried.append(instance_id)
    exchange.retries += 1
    return True


def _may_repeat(exchange: Exchange, failure: AttemptFailed, body: RequestBody) -> bool:
    request = exchange.request
    assert request is not None
    return may_retry(failure, is_idempotent=is_idempotent(request)) and body.rewind()


def _is_repeatable(exchange: Exchange, body: RequestBody) -> bool:
    """Whether it could be sent again whatever an attempt fails of; one that could not avoids instances in doubt."""
    request = exchange.request
    assert request is not None
    return is_idempotent(request) and 0 <= body.length <= REPLAY_BYTES


async def _next_round(exchange: Exchange, candidates: Sequence[InstanceSpec], last: AttemptFailed | None) -> None:
    """Nobody is left to ask: waits before all are asked again, unless the time would run out meanwhile.

    Where the last one was busy there is no next round: its queue was the wait, and waiting here would have no bound.
    """
    if not candidates:
        assert exchange.service is not None
        raise no_instance(f"service {exchange.service.spec.name} has no usable instance")
    blocked = exchange.passage.seconds_blocked(candidates) if exchange.passage is not None else None
    if blocked is not None:
        try:
            raise last or circuit_open(blocked)
        finally:
            del last  # as above
    if last is None:
        return
    if last.kind == "busy":
        raise AttemptFailed("busy", "every instance is busy")
    seconds = backoff_seconds(exchange.retries - 1, random.random())  # noqa: S311  (spreads retries, guards no secret)
    if exchange.runtime.now() + seconds >= exchange.deadline:
        raise AttemptFailed("timeout", "no time left for another attempt")
    await asyncio.sleep(seconds)


async def _attempt(
    exchange: Exchange, instance: InstanceSpec, pool: Pool, body: RequestBody, sent: Sent, *, fresh: bool
) -> None:
    """Asks one instance, over `sent` if that has been done already (`underway.py`)."""
    balancer, now = exchange.balancer, exchange.runtime.now
    assert balancer is not None
    head, connection = b"", sent
    if connection is None:
        head = upstream_head(exchange, pool.endpoint.authority)
        exchange.instance = instance
        exchange.asked = now()
        left = exchange.deadline - exchange.asked
        connection = (None if fresh else pool.take_idle()) or await _connect(pool, left, fresh=fresh)
        balancer.acquire(instance.id)
        connection.deadline = exchange.deadline
        connection.uses += 1
    reusable = False
    try:
        answer = await ask(exchange, connection, head, body)
        seconds = now() - exchange.asked
        exchange.upstream_seconds += seconds
        balancer.observe(instance.id, seconds)
        is_told = answer.length < 0 or (exchange.passage is not None and exchange.passage.is_probe)
        if is_told:  # the end may be far, and a probe is waited for
            answered(exchange, instance.id, answer.head.status)
        reusable = await relay(exchange, connection, answer) and answer.body_was_sent
        reusable = reusable and (body.length == 0 or not _may_be_left(exchange))
        if not is_told:
            answered(exchange, instance.id, answer.head.status)
    finally:
        if body.counted > exchange.bytes_in:  # a tunnel counts for itself
            exchange.bytes_in = body.counted
        balancer.release(instance.id)
        pool.release(connection, reusable=reusable)


def _may_be_left(exchange: Exchange) -> bool:
    """Whether an instance may have left the body unread and take it for the next request (edge rule F9).

    Bodies with these methods mean nothing, so some do, and their late answer would be another client's (RFC 9110
    section 9.3.1).
    """
    assert exchange.request is not None
    return exchange.request.method in WITHOUT_BODY


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
