"""G-407: a GiB up and a GiB down in bounded memory, and a client that leaves is noticed."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.reliability.node import Instance, Node, resident_mib
from benchmarks.reliability.trial import Result
from benchmarks.reliability.upstream import BLOCK


def run(mib: int = 1024, limit_mib: float = 64.0) -> Result:
    """`mib` MiB each way, side by side, through one worker."""
    instance = Instance("one")
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), 1) as node:
        node.instance("one", instance.port)
        node.route("/big/*", "/*", timeout_seconds=300)
        (pid,) = node.workers()
        start, peak = resident_mib(pid), Peak(pid)
        with peak:
            equal, seconds = asyncio.run(both_ways(node.port, mib * 2**20))
        left = asyncio.run(leave(node.port, instance))
    instance.kill()
    rise = peak.mib - start
    seen = f"checksums {'equal' if equal else 'DIFFER'}, worker +{rise:.0f} MiB, {2 * mib / seconds:.0f} MiB/s; "
    seen += f"upstream saw the client leave after {left * 1000:.0f} ms"
    must = f"equal, less than {limit_mib:.0f} MiB more, noticed within 1 s"
    passed = equal and rise < limit_mib and left < 1.0
    return Result("G-407 large bodies", f"{mib} MiB up and {mib} MiB down at once", must, seen, passed)


class Peak:
    """Watches a process's memory from a thread."""

    def __init__(self, pid: int) -> None:
        self.mib = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.mib = max(self.mib, resident_mib(self._pid))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


async def both_ways(port: int, count: int) -> tuple[bool, float]:
    """Whether both checksums are right, and the seconds it took."""
    began = time.monotonic()
    up, down = await asyncio.gather(upload(port, count), download(port, count))
    wanted = hashlib.sha256()
    for _ in range(count // len(BLOCK)):
        wanted.update(BLOCK)
    return up == down == wanted.hexdigest(), time.monotonic() - began


async def upload(port: int, count: int) -> str:
    """The upstream's checksum of what was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /big/up HTTP/1.1\r\nHost: trial\r\nContent-Length: %d\r\n\r\n" % count)
    for _ in range(count // len(BLOCK)):
        writer.write(BLOCK)
        await writer.drain()
    await reader.readuntil(b"\r\n\r\n")
    answer = (await reader.readexactly(64)).decode()
    writer.close()
    return answer


async def download(port: int, count: int) -> str:
    """Our checksum of what came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    writer.write(b"GET /big/down/%d HTTP/1.1\r\nHost: trial\r\n\r\n" % count)
    await reader.readuntil(b"\r\n\r\n")
    seen, left = hashlib.sha256(), count
    while left:
        data = await reader.read(min(left, 2**20))
        if not data:
            break
        seen.update(data)
        left -= len(data)
    writer.close()
    return seen.hexdigest()


async def leave(port: int, instance: Instance) -> float:
    """Seconds until the upstream saw that a waiting client had gone."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /big/slow HTTP/1.1\r\nHost: trial\r\n\r\n")
    await asyncio.sleep(0.3)
    began = time.monotonic()
    writer.close()
    assert instance.process.stdout is not None
    await asyncio.to_thread(instance.process.stdout.readline)
    return time.monotonic() - began
