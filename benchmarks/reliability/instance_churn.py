"""R-06 in part: instances die and come back under keep-alive clients; no answer that a retry could save is lost."""

from __future__ import annotations

import asyncio
import collections
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.node import Instance, Node, descriptors
from benchmarks.reliability.trial import Result

GET = b"GET /churn/x HTTP/1.1\r\nHost: trial\r\n\r\n"


def run(seconds: float = 60.0, clients: int = 200, workers: int = 2) -> Result:
    """`clients` keep-alive clients for `seconds`; one of two instances is killed and started again every second."""
    steady, shaky = Instance("steady"), Instance("shaky")
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), workers) as node:
        node.instance("steady", steady.port)
        node.instance("shaky", shaky.port)
        node.route("/churn/*", "/*")
        pids = node.workers()
        before = [descriptors(pid) for pid in pids]
        statuses, kills = asyncio.run(churn(node.port, shaky, seconds, clients))
        time.sleep(2.0)
        idle = [descriptors(pid) - first for pid, first in zip(pids, before, strict=True)]
        same = pids == node.workers()
        noise = node.tracebacks()
    steady.kill()
    shaky.kill()
    lost = sum(count for status, count in statuses.items() if status != 200)
    seen = f"{statuses[200]} answers, {lost} lost {dict(statuses) if lost else ''}, {kills} kills; "
    seen += f"descriptors beyond the start {idle} (kept-alive upstream connections), {len(noise)} tracebacks"
    passed = not lost and same and not noise and statuses[200] > 0
    done = f"{clients} keep-alive clients, {seconds:.0f} s, one of two instances killed every second"
    return Result("R-06 instances die", done, "no GET lost, nothing leaked", seen, passed)


async def churn(port: int, shaky: Instance, seconds: float, clients: int) -> tuple[collections.Counter[int], int]:
    """Statuses counted, and how often the instance was killed. Status 0 is a broken connection."""
    statuses: collections.Counter[int] = collections.Counter()
    ends = time.monotonic() + seconds
    running = [asyncio.create_task(client(port, ends, statuses)) for _ in range(clients)]
    kills = 0
    while time.monotonic() < ends:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shaky.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(shaky.start)
        kills += 1
    await asyncio.gather(*running)
    return statuses, kills


async def client(port: int, ends: float, statuses: collections.Counter[int]) -> None:
    """One connection, about forty requests a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < ends:
        writer.write(GET)
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 35)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            statuses[0] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        statuses[int(head[9:12])] += 1
        await asyncio.sleep(0.025)
    writer.close()
