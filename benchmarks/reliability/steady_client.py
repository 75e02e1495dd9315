"""A client at an even pace in a process of its own: `python -m benchmarks.reliability.steady_client PORT PATH RATE`.

It asks until its standard input is closed, then prints how many answers it had, how many were not 200, and the 99th
percentile of their time in milliseconds.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType

from benchmarks.peers.peer import ROOT
from benchmarks.reliability.whole_answer import read_answer


@dataclass
class Pace:
    """What it printed."""

    answers: int = 0
    failures: int = 0
    p99_ms: float = 0.0


class SteadyClient:
    """The process; a context manager. `pace` is known afterwards."""

    def __init__(self, port: int, path: str, rate: int = 50) -> None:
        command = [sys.executable, "-m", "benchmarks.reliability.steady_client", str(port), path, str(rate)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pace = Pace()

    def __enter__(self) -> SteadyClient:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        told, _ = self._process.communicate("")
        words = told.split()
        self.pace = Pace(int(words[0]), int(words[1]), float(words[2])) if words else Pace(0, 1, 0.0)


async def ask(port: int, path: str, rate: int) -> None:
    """One connection, opened again whenever it ends."""
    over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    request = f"GET {path} HTTP/1.1\r\nHost: trial\r\n\r\n".encode()
    seconds: list[float] = []
    failures, writer = 0, None
    due = time.monotonic()
    while not over.done():
        due = max(due + 1 / rate, time.monotonic() - 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        began = time.monotonic()
        writer.write(request)
        seen = await read_answer(reader, "GET", 2**20, 10)
        seconds.append(time.monotonic() - began)
        failures += seen.status != 200
        if not seen.keeps_alive:
            writer.close()
            writer = None
    seconds.sort()
    print(len(seconds), failures, f"{1000 * seconds[int(len(seconds) * 0.99)]:.1f}" if seconds else "0")


if __name__ == "__main__":
    asyncio.run(ask(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
