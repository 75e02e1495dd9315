"""R-12: Redis is killed and stopped under traffic; requests are judged as documented, none fails, none waits long."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.rate_limit_races import status_of
from benchmarks.reliability.redis_process import Redis
from benchmarks.reliability.trial import Result

GET = b"GET /lossy/x HTTP/1.1\r\nHost: trial\r\n\r\n"
EXTRA_SECONDS = 0.1

Answers = list[tuple[float, float, int]]
"""When each was asked, the seconds it took, its status."""


def run(times: int = 10, clients: int = 50, workers: int = 2) -> Result:
    """`times` kills and `times` stops, each for three seconds, while `clients` ask."""
    with (
        Instance("one") as instance,
        tempfile.TemporaryDirectory() as directory,
        Redis(Path(directory)) as redis,
        Node(Path(directory), workers, {"REDIS_URL": redis.url}) as node,
    ):
        node.instance("one", instance.port)
        node.route("/lossy/*", "/*", rate_limit_rpm=1_000_000_000)
        answers, losses = asyncio.run(lossy(node.port, redis, times, clients))
        lines = node.log.count("does not count the limits"), node.log.count("counts the limits again")
    failed = sum(status != 200 for _asked, _took, status in answers)
    usual = max(took for asked, took, _status in answers if not within(asked, losses))
    lost = max(took for asked, took, _status in answers if within(asked, losses))
    seen = f"{len(answers)} answers, {failed} not 200; slowest {usual * 1000:.0f} ms with Redis, {lost * 1000:.0f} ms "
    seen += f"around a loss; {lines[0]} lines of loss, {lines[1]} of return on {workers} workers"
    done = f"{clients} clients; Redis killed {times} times and stopped {times} times for 3 s"
    must = "no answer but 200, at most 100 ms more, a line for each loss and each return"
    passed = not failed and lost - usual <= EXTRA_SECONDS and 2 * times <= lines[0] == lines[1]
    return Result("R-12 Redis lost", done, must, seen, passed)


async def lossy(port: int, redis: Redis, times: int, clients: int) -> tuple[Answers, list[tuple[float, float]]]:
    """Every answer, and from when to when each loss lasted."""
    answers: Answers = []
    losses: list[tuple[float, float]] = []
    over = asyncio.Event()
    running = [asyncio.create_task(client(port, over, answers)) for _ in range(clients)]
    await asyncio.sleep(3)
    for number in range(2 * times):
        began = time.monotonic()
        redis.stop() if number % 2 else redis.kill()
        await asyncio.sleep(3)
        await asyncio.to_thread(redis.go_on if number % 2 else redis.start)
        losses.append((began, time.monotonic()))
        await asyncio.sleep(3)
    over.set()
    await asyncio.gather(*running)
    return answers, losses


def within(asked: float, losses: list[tuple[float, float]]) -> bool:
    """Whether it was asked in a loss, or so shortly before that it may have met one."""
    return any(began - 1 <= asked <= ended for began, ended in losses)


async def client(port: int, over: asyncio.Event, answers: Answers) -> None:
    """One keep-alive connection, about forty requests a second. A broken one counts as status 0."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not over.is_set():
        asked = time.monotonic()
        writer.write(GET)
        try:
            status = await asyncio.wait_for(status_of(reader), 35)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            status = 0
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers.append((asked, time.monotonic() - asked, status))
        await asyncio.sleep(0.025)
    writer.close()
