"""R-24: half an hour of steady traffic while the network to one of two services is spoilt at random, again and again.

Nothing may fail that does not go over the spoilt network; what fails there must fall into a fault; nothing may grow.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability import mixed_load
from benchmarks.reliability.chaos_proxy import TOXICS, ChaosProxy
from benchmarks.reliability.node import Instance, Node, descriptors, resident_mib
from benchmarks.reliability.trial import Result

ROUTE_SECONDS = 2
PERIOD_SECONDS = 6.0
FAULT_SECONDS = 3.0
AFTER_SECONDS = 4.0
"""How long after a fault a failure still belongs to it: the route's time, and the breaker's until it tries again."""
SAMPLE_SECONDS = 5.0
SLOPE_SECONDS = 900
"""A shorter run has no slope worth judging."""
LEFT_OVER = 5
"""Descriptors that may be more; under traffic they go up and down with the connections that are kept alive, as many as
there were requests at one time within the last minute."""
IDLE_SECONDS = 60.0
"""How long a connection to an instance may lie idle, as it is by default."""
POLICY = (
    "from services.models import Service\n"
    "row = Service.objects.get(name='spoilt')\n"
    "row.breaker_open_seconds = 1.0\n"
    "row.eject_seconds = 1.0\n"
    "row.save()\n"
)


@dataclass
class Watch:
    """What was seen beside the steady clients' own record."""

    answers: Counter[str] = field(default_factory=Counter)
    """Of the spoilt service, by status."""
    unexplained: list[str] = field(default_factory=list)
    faults: list[tuple[float, float, str]] = field(default_factory=list)
    """From when to when (monotonic) which."""
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the start, MiB of both workers and the control process."""
    descriptors: list[int] = field(default_factory=list)
    """Of the same, with every connection that is kept alive."""
    left_over: int = 0
    """Descriptors beyond those before the traffic, when the last connection has lain idle for long enough."""

    def explains(self, asked: float, ended: float) -> bool:
        """Whether a fault was on while a request ran, or shortly before."""
        return any(began <= ended and asked <= over + AFTER_SECONDS for began, over, _kind in self.faults)

    def slope(self) -> float:
        """MiB in ten minutes, over the second half: caches have filled by then."""
        late = self.memory[len(self.memory) // 2 :]
        return statistics.linear_regression(*zip(*late, strict=True)).slope * 600 if len(late) > 2 else 0.0


def run(seconds: float = 1800.0, seed: int = 1) -> Result:
    """70 steady requests a second and 30 over the spoilt network."""
    idle = {"GATEWAY_UPSTREAM_IDLE_SECONDS": str(min(IDLE_SECONDS, seconds / 10))}
    with (
        Instance("plain") as plain,
        Instance("spoilt") as spoilt,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), 2, idle) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        pids = [*node.workers(), *node.children("control")]
        before = sum(descriptors(pid) for pid in pids)
        seen, watch = asyncio.run(soak(node, pids, spoilt.port, seconds, random.Random(seed)))
        watch.left_over = left_over(pids, before)
        noise = node.tracebacks()
    done = f"{seconds:.0f} s, 100 requests/s, {len(watch.faults)} faults of {len(TOXICS)} kinds, seed {seed}"
    must = "every failure has its fault, at most 1 MiB in ten minutes, descriptors flat, no task forgotten"
    text, passed = judged(seen, watch, noise, seconds)
    return Result("R-24 soak", done, must, text, passed)


def judged(seen: mixed_load.Seen, watch: Watch, noise: list[str], seconds: float) -> tuple[str, bool]:
    """What was seen, and whether it is as it must be."""
    quarter = max(len(watch.descriptors) // 4, 1)
    late = watch.descriptors[-2 * quarter :]
    grown = int(statistics.median(late[-quarter:]) - statistics.median(late[:quarter]))
    broken = {*seen.tunnels, *seen.streams} - {"left open", "whole"}
    text = f"{seen.answers} steady answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; "
    text += f"{broken or 'no'} tunnels or streams broken; {watch.answers.total()} over the spoilt network, "
    text += f"{dict(sorted(watch.answers.items()))}, {len(watch.unexplained)} without a fault "
    text += f"{watch.unexplained[:3] or ''}; memory {watch.slope():+.1f} MiB in ten minutes over the second half, "
    text += f"{watch.left_over:+d} descriptors after the traffic, {grown:+d} between its last quarters (kept-alive "
    text += f"connections); {len(noise)} tracebacks"
    flat = watch.left_over <= LEFT_OVER and (seconds < SLOPE_SECONDS or watch.slope() <= 1.0)
    return text, flat and not (seen.failures or broken or watch.unexplained or noise)


def left_over(pids: list[int], before: int) -> int:
    """Descriptors beyond `before` as soon as they are few, or when the patience is over."""
    ends = time.monotonic() + IDLE_SECONDS + 15
    while (more := sum(descriptors(pid) for pid in pids) - before) > LEFT_OVER and time.monotonic() < ends:
        time.sleep(1)
    return more


async def soak(
    node: Node, pids: list[int], port: int, seconds: float, chance: random.Random
) -> tuple[mixed_load.Seen, Watch]:
    """The traffic, the faults and the measuring, side by side."""
    watch, ends = Watch(), time.monotonic() + seconds
    async with ChaosProxy(port) as proxy, mixed_load.MixedLoad(node.port, rate=70, tunnels=5, streams=2) as seen:
        await asyncio.to_thread(node.instance, "spoilt", proxy.port, service_name="spoilt")
        await asyncio.to_thread(
            node.route, "/spoilt/*", "/*", service_name="spoilt", timeout_seconds=ROUTE_SECONDS, retry_count=1
        )
        await asyncio.to_thread(node.manage, "shell", "-c", POLICY)
        await asyncio.sleep(2)
        jobs = [client(node.port, ends, watch, number) for number in range(10)]
        await asyncio.gather(spoil(proxy, ends, watch, chance), measure(pids, ends, watch), *jobs)
    return seen, watch


async def spoil(proxy: ChaosProxy, ends: float, watch: Watch, chance: random.Random) -> None:
    """One fault after another, with a rest between."""
    while time.monotonic() + PERIOD_SECONDS < ends:
        await asyncio.sleep(PERIOD_SECONDS - FAULT_SECONDS)
        proxy.toxic = chance.choice(TOXICS)
        watch.faults.append((time.monotonic(), float("inf"), proxy.toxic))
        await asyncio.sleep(FAULT_SECONDS)
        proxy.toxic = "well"
        began, _open, kind = watch.faults.pop()
        watch.faults.append((began, time.monotonic(), kind))


async def measure(pids: list[int], ends: float, watch: Watch) -> None:
    """Memory and descriptors of the node's processes."""
    began = time.monotonic()
    while time.monotonic() < ends:
        watch.memory.append((time.monotonic() - began, sum(resident_mib(pid) for pid in pids)))
        watch.descriptors.append(sum(descriptors(pid) for pid in pids))
        await asyncio.sleep(SAMPLE_SECONDS)


async def client(port: int, ends: float, watch: Watch, number: int) -> None:
    """Three requests a second over the spoilt network, on a connection kept while it lasts."""
    await asyncio.sleep(number / 30)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (asked := time.monotonic()) < ends:
        writer.write(b"GET /spoilt/down/2000 HTTP/1.1\r\nHost: t\r\n\r\n")
        try:
            async with asyncio.timeout(15):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            status = head[9:12].decode()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            status = type(error).__name__
        watch.answers[status] += 1
        if status != "200" and not watch.explains(asked, time.monotonic()):
            watch.unexplained.append(f"{time.strftime('%H:%M:%S')} {status}")
        if not status.isdigit() or b"\r\nconnection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(1 / 3)
    writer.close()
