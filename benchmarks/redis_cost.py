"""What a check in Redis costs a worker: `python -m benchmarks.redis_cost REDIS_URL`.

Processor time of this process for each check, with as many tasks asking at a time as a busy worker has requests: by the
project's connection, by redis-py one awaited call a check, and by one redis-py pipeline for each round of all tasks.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import redis.asyncio
import uvloop

from proxy.limiting import redis_script
from proxy.limiting.sliding_window import sliding_window
from proxy.state.redis_address import redis_address
from proxy.state.redis_link import RedisLink

CHECKS = 20_000
RULE = redis_script.arguments(sliding_window(1_000_000_000, 60.0))
ARGUMENTS = RULE.split(b"\r\n")[1::2]
KEY = b"cost"


async def seconds_of(ask: Callable[[], Awaitable[object]], tasks: int) -> float:
    """Processor time a check when `tasks` ask again and again."""

    async def again() -> None:
        for _ in range(CHECKS // tasks):
            await ask()

    began = time.process_time()
    await asyncio.gather(*(again() for _ in range(tasks)))
    return (time.process_time() - began) / CHECKS


async def pipelined(client: redis.asyncio.Redis, tasks: int) -> float:
    """The same checks where one task gathers those of all in a pipeline."""
    began = time.process_time()
    for _ in range(CHECKS // tasks):
        pipeline = client.pipeline(transaction=False)
        for _ in range(tasks):
            pipeline.evalsha(redis_script.SHA.decode(), 1, redis_script.PREFIX + KEY, *ARGUMENTS)
        await pipeline.execute()
    return (time.process_time() - began) / CHECKS


async def main(url: str) -> None:
    """Prints microseconds."""
    link = RedisLink(redis_address(url))
    await link.start()
    connection = link.connection
    assert connection is not None, "no Redis there"
    client = redis.asyncio.Redis.from_url(url)

    def own() -> Awaitable[object]:
        return connection.ask(redis_script.check([KEY], [RULE]))

    def called() -> Awaitable[object]:
        return client.evalsha(redis_script.SHA.decode(), 1, redis_script.PREFIX + KEY, *ARGUMENTS)

    for tasks in (1, 8, 64):
        times = [await seconds_of(own, tasks), await seconds_of(called, tasks), await pipelined(client, tasks)]
        words = zip(("own", "redis-py call", "redis-py pipeline"), times, strict=True)
        print(f"{tasks:2} at a time: " + ", ".join(f"{name} {seconds * 1e6:.1f} µs" for name, seconds in words))
    await client.aclose()
    await link.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
