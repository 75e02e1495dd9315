"""The decision on a request: by the machine's counters, or by Redis and without it as the setting says (G-343)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Any

from proxy.errors import limits_unavailable, too_many_requests
from proxy.exchange import Exchange
from proxy.limiting.all_or_nothing import AllOrNothing, tightest
from proxy.limiting.limit import Limit
from proxy.limiting.limits_of_route import LimitsOfRoute
from proxy.limiting.redis_script import check, verdicts
from proxy.limiting.subject import caller
from proxy.limiting.told import tell
from proxy.limiting.verdict import Verdict
from proxy.options import LimitFallback
from proxy.state.counter_store import CounterStore
from proxy.state.redis_connection import RedisLost
from proxy.state.redis_link import RedisLink


def by_one(limit: Limit, counters: CounterStore) -> Callable[[Exchange], None]:
    """For a route whose one limit is on its callers; nearly all are, so it is written out."""
    prefix, rule = limit.prefix, limit.rule
    limit_field = (b"x-ratelimit-limit", b"%d" % rule.limit)

    def rate_limit(exchange: Exchange) -> None:
        verdict: Verdict = counters.change(prefix + caller(exchange), rule, time.monotonic())
        exchange.reply_headers += (
            limit_field,
            (b"x-ratelimit-remaining", b"%d" % verdict.remaining),
            (b"x-ratelimit-reset", b"%d" % ceil(time.time() + verdict.free_in)),
        )
        if not verdict.admitted:
            raise too_many_requests(max(1, ceil(verdict.free_in)))

    return rate_limit


def by_counters(limits: LimitsOfRoute, counters: CounterStore) -> Callable[[Exchange], None]:
    """Any number of limits, counted by this machine."""

    def rate_limit(exchange: Exchange) -> None:
        count(exchange, *limits.of(exchange), counters)

    return rate_limit


def count(exchange: Exchange, keys: Sequence[bytes], limits: Sequence[Limit], counters: CounterStore) -> None:
    """Judges a request by `limits` with one key each. Raises `GatewayError` where one refuses."""
    if len(keys) > 1:
        rule = AllOrNothing([limit.rule for limit in limits])
        conclude(exchange, limits, counters.change_all(keys, rule, time.monotonic()))
    elif keys:
        conclude(exchange, limits, [counters.change(keys[0], limits[0].rule, time.monotonic())])


def conclude(exchange: Exchange, limits: Sequence[Limit], given: Sequence[Verdict]) -> None:
    """Tells the client of the tightest limit. Raises `GatewayError` where it refuses."""
    place = tightest([limit.rule for limit in limits], given) if len(given) > 1 else 0
    tell(exchange, limits[place].rule.limit, given[place])


def by_redis(
    limits: LimitsOfRoute, link: RedisLink, counters: CounterStore, fallback: LimitFallback
) -> Callable[[Exchange], Awaitable[None] | None]:
    """Counted by the machines together; where Redis does not answer, by `fallback`."""

    def rate_limit(exchange: Exchange) -> Awaitable[None] | None:
        keys, own = limits.of(exchange)
        if not keys:
            return None
        connection = link.connection
        if connection is None:
            without_redis(exchange, keys, own)
            return None
        return told_by_redis(exchange, keys, own, connection.ask(check(keys, [limit.encoded for limit in own])))

    async def told_by_redis(
        exchange: Exchange, keys: Sequence[bytes], own: Sequence[Limit], answer: Awaitable[Any]
    ) -> None:
        try:
            given = verdicts(await answer)
        except RedisLost:
            without_redis(exchange, keys, own)
        else:
            conclude(exchange, own, given)

    def without_redis(exchange: Exchange, keys: Sequence[bytes], own: Sequence[Limit]) -> None:
        link.fallbacks += 1
        if fallback == "closed":
            raise limits_unavailable()
        if fallback == "local":
            count(exchange, keys, own, counters)

    return rate_limit
