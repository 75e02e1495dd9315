"""R-11: many times more requests than a node can serve, then normal traffic again."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.processes import require_tool
from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result
from benchmarks.reliability.whole_answer import read_answer

CONNECTIONS = 1000
RECOVERY_SECONDS = 5.0
BURST = 10
PATIENCE_SECONDS = 30.0


def run(seconds: float = 60.0) -> Result:
    """A thousand connections of wrk, as fast as they can, on one worker."""
    wrk = require_tool("wrk", "install it with `apt-get install wrk`")
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), 1) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        before = node.workers()
        usual = asyncio.run(normal(node.port, 10)).p99_ms()
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", f"http://127.0.0.1:{node.port}/steady/name"]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        ended = time.monotonic()
        seen = asyncio.run(normal(node.port, 15))
        later = seen.p99_ms(ended + RECOVERY_SECONDS)
        same = node.workers() == before
        noise = node.tracebacks()
    rate = float((re.search(r"Requests/sec:\s+([\d.]+)", report) or ["", "0"])[1])
    errors = re.search(r"Socket errors: (.*)", report)
    text = f"{rate:.0f} answers/s, {errors[1] if errors else 'no socket errors'}; then {seen.answers} answers, "
    text += f"{len(seen.failures)} failed; p99 {later:.1f} ms from {RECOVERY_SECONDS:g} s on, {usual:.1f} ms before; "
    text += f"{'no process ended' if same else 'A PROCESS ENDED'}; {len(noise)} tracebacks"
    passed = same and not (seen.failures or noise) and later <= max(2 * usual, usual + 10)
    done = f"{CONNECTIONS} connections without a pause for {seconds:.0f} s, then 200 requests/s"
    return Result("R-11 overload", done, f"no process ends, as before within {RECOVERY_SECONDS:g} s", text, passed)


async def flood(port: int, connections: int, seconds: float) -> Counter[int]:
    """Statuses of what so many connections that ask in bursts without a pause were answered; 0 is a broken one."""
    ends, statuses = time.monotonic() + seconds, Counter[int]()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(writer):
            while time.monotonic() < ends:
                writer.write(BURST * b"GET /steady/name HTTP/1.1\r\nHost: t\r\n\r\n")
                for _ in range(BURST):
                    answer = await read_answer(reader, "GET", 2**20, PATIENCE_SECONDS)
                    statuses[answer.status] += 1
                    if not answer.keeps_alive:
                        return

    await asyncio.gather(*(client() for _ in range(connections)))
    return statuses


async def normal(port: int, seconds: float) -> mixed_load.Seen:
    """Steady traffic for so long."""
    async with mixed_load.MixedLoad(port) as seen:
        await asyncio.sleep(seconds)
    return seen
