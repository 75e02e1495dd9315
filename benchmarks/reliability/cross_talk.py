"""R-07: nobody is given another's answer, whoever leaves and whatever is restarted, and nothing stays behind."""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from benchmarks.reliability.leaving_clients import Found, ask_and_leave, request
from benchmarks.reliability.node import Instance, Node, descriptors
from benchmarks.reliability.postgres_process import Postgres
from benchmarks.reliability.redis_process import Redis
from benchmarks.reliability.trial import Result
from benchmarks.reliability.whole_answer import read_answer
from benchmarks.tokens import SECRET, token

IDENTITIES = 50
CLIENTS_EACH = 2
RESTARTS = 10
LEAVERS = 200
IDLE_SECONDS = 4.0
"""After which no kept connection to the upstream is left; they end after one second."""
SPREAD = 5
"""Descriptors a worker may have more or fewer than at the start."""


def run(answers: int = 200_000, database: str = "SQLite", workers: int = 2) -> Result:
    """Until there were so many answers; Redis and the upstream are restarted ten times each on the way."""
    with ExitStack() as stack:
        node, redis, upstream = started(stack, database, workers)
        arrange(node, upstream)
        pids = node.workers()
        asyncio.run(warm(node.port))
        time.sleep(IDLE_SECONDS)
        before = [descriptors(pid) for pid in pids]
        found = asyncio.run(crowd(node, redis, upstream, answers))
        rest = at_rest_after(node.port)
        time.sleep(IDLE_SECONDS)
        after = [descriptors(pid) - count for pid, count in zip(pids, before, strict=True)]
        next_ones, noticed = asyncio.run(afterwards(node.port, upstream))
        whole = pids == node.workers() and "Traceback" not in node.log and "never retrieved" not in node.log
    seen = (
        f"{told(found)}; nothing in use after {rest:.1f} s; descriptors {after} beyond the start; {next_ones}/10 next "
        f"requests; leaving seen in {len(noticed)}/{LEAVERS}, the slowest after {1000 * max(noticed, default=0):.0f} ms"
    )
    passed = not found.mixed_up and found.answers >= answers and rest <= 2 and next_ones == 10 and whole
    passed = passed and all(abs(count) <= SPREAD for count in after)
    passed = passed and len(noticed) == LEAVERS and max(noticed) <= 1
    done = f"{IDENTITIES} identities, keep-alive and pipelined, cached and not, 30 % leaving at a random byte; "
    done += f"Redis and the upstream restarted {RESTARTS} times each; {database}"
    must = f"no other's marker, pools empty within 2 s, descriptors ± {SPREAD}, leaving seen within 1 s"
    return Result(f"R-07 cross-talk, {database}", done, must, seen, passed)


def started(stack: ExitStack, database: str, workers: int) -> tuple[Node, Redis, Instance]:
    """What the trial needs, ended with the stack."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    postgres = stack.enter_context(Postgres(home)) if database == "PostgreSQL" else None
    redis = stack.enter_context(Redis(home))
    upstream = stack.enter_context(Instance("marking", "marking_upstream"))
    environment = {
        "DATABASE_URL": postgres.url if postgres else "",
        "REDIS_URL": redis.url,
        "GATEWAY_JWT_SECRET": SECRET,
        "GATEWAY_UPSTREAM_IDLE_SECONDS": "1",
    }
    return stack.enter_context(Node(home, workers, environment)), redis, upstream


def told(found: Found) -> str:
    """What the clients saw."""
    return (
        f"{found.answers} answers ({found.hits} from the cache), {len(found.mixed_up)} with another's marker "
        f"{found.mixed_up[:2] or ''}; {found.left} clients left in the middle; {dict(found.statuses)}"
    )


def arrange(node: Node, upstream: Instance) -> None:
    """A cached route, an uncached one, and one whose requests are never answered; all ask for a token."""
    node.instance("marking", upstream.port)
    node.manage("shell", "-c", "from services.models import Service\n"
                "row = Service.objects.get(name='trial')\n"
                "row.breaker_max_failures, row.eject_after = 10_000, None\n"
                "row.save()\n")  # fmt: skip
    limits = {"requires_auth": True, "rate_limit_rpm": 1_000_000_000}
    node.route("/mine/*", "/mine/*", cache_enabled=True, **limits)
    node.route("/own/*", "/own/*", **limits)
    node.route("/slow/*", "/slow/*", **limits)
    time.sleep(1.0)


async def warm(port: int) -> None:
    """So that every worker has met Redis and the cache once."""
    for number in range(40):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(f"/mine/{number}", token(subject="warm")))
        await read_answer(reader, "GET", 2**20, 10)
        writer.close()


async def crowd(node: Node, redis: Redis, upstream: Instance, answers: int) -> Found:
    """All clients until there are enough answers and all restarts are done."""
    found, restarted = Found(), 0

    def goes_on() -> bool:
        return found.answers < answers or restarted < RESTARTS

    users = [f"user-{number:02}" for number in range(IDENTITIES)]
    clients = [
        asyncio.create_task(
            ask_and_leave(node.port, user, token(subject=user), found, random.Random(f"{user}{n}"), goes_on)
        )
        for user in users
        for n in range(CLIENTS_EACH)
    ]
    while restarted < RESTARTS:
        due = answers * (restarted + 1) // (RESTARTS + 1)
        while found.answers < due:  # noqa: ASYNC110 - the clients only count
            await asyncio.sleep(0.05)
        await asyncio.to_thread(redis.kill)
        await asyncio.to_thread(redis.start)
        await asyncio.to_thread(upstream.kill)
        await asyncio.to_thread(upstream.start)
        restarted += 1
    await asyncio.gather(*clients)
    return found


def at_rest_after(port: int) -> float:
    """Seconds until no connection to an upstream is in use and no request but this one in flight; 99 for never."""
    began = time.monotonic()
    while time.monotonic() < began + 10:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": "text/plain"})
        with urllib.request.urlopen(asked, timeout=15) as response:
            text = response.read().decode()
        in_use = re.findall(r'^gateway_upstream_connections\{(.*state="in_use".*)\} (\S+)', text, re.MULTILINE)
        if not sum(float(count) for labels, count in in_use if 'service="trial"' in labels):
            return time.monotonic() - began
        time.sleep(0.1)
    return 99.0


async def afterwards(port: int, upstream: Instance) -> tuple[int, list[float]]:
    """How many of ten requests go well, and after how many seconds the upstream saw each leaver go."""
    bearer = token(subject="after")
    well = 0
    for number in range(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(f"/own/{number}", bearer))
        well += (await read_answer(reader, "GET", 2**20, 10)).status == 200
        writer.close()
    left = [await leaving(port, upstream, number, bearer) for number in range(LEAVERS)]
    return well, [seconds for seconds in left if seconds is not None]


async def leaving(port: int, upstream: Instance, number: int, bearer: str) -> float | None:
    """Seconds between a client's leaving and the upstream's seeing it; None where it never did."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(f"/slow/{number}", bearer))
    await asyncio.sleep(0.05 + 0.1 * random.random())
    began = time.monotonic()
    writer.transport.abort() if number % 2 else writer.close()
    assert upstream.process.stdout is not None
    line = await asyncio.wait_for(asyncio.to_thread(upstream.process.stdout.readline), 20)
    return time.monotonic() - began if line.split() == ["left", str(number)] else None
