"""What limits say without counting: by the machine's own counters, or by the Redis that machines share."""

from __future__ import annotations

import time
from collections.abc import Sequence

from proxy.explain.scene import Look
from proxy.limiting.all_or_nothing import AllOrNothing
from proxy.limiting.limit import Limit
from proxy.limiting.redis_script import look as looking
from proxy.limiting.redis_script import verdicts
from proxy.limiting.verdict import Verdict
from proxy.state.counter_store import CounterStore
from proxy.state.redis_address import redis_address
from proxy.state.redis_connection import RedisLost
from proxy.state.redis_link import RedisLink


def by_counters(counters: CounterStore) -> Look:
    """`counters` that keep nothing."""

    async def look(keys: Sequence[bytes], limits: Sequence[Limit]) -> list[Verdict]:
        return counters.change_all(keys, AllOrNothing([limit.rule for limit in limits]), time.monotonic())

    return look


def by_redis(url: str, silence: float, otherwise: Look) -> Look:
    """One connection a look, for nobody looks often; `otherwise` where the server does not answer."""

    async def look(keys: Sequence[bytes], limits: Sequence[Limit]) -> list[Verdict]:
        link = RedisLink(redis_address(url), silence)
        await link.start()
        try:
            if link.connection is not None:
                return verdicts(await link.connection.ask(looking(keys, [limit.encoded for limit in limits])))
        except RedisLost:
            pass
        finally:
            await link.close()
        return await otherwise(keys, limits)

    return look
