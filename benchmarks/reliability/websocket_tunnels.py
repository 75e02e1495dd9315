"""R-17, R-08: what an idle WebSocket costs, that broken ones leave nothing, and that a GiB in one frame is not kept.

`python -m benchmarks.reliability.websocket_tunnels` runs these three alone.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.large_bodies import Peak
from benchmarks.reliability.node import Instance, Node, descriptors, resident_mib
from benchmarks.reliability.trial import Result

BLOCK = bytes(65536)
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def run(idle: int = 1000, kills: int = 100, mib: int = 1024) -> Result:
    """`idle` tunnels at rest, then `kills` broken by each side, then one frame of `mib` MiB there and back."""
    instance = Instance("echo", "websocket_frames_upstream")
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), 1) as node:
        node.instance("echo", instance.port)
        node.route("/*", "/*", timeout_seconds=300)
        (pid,) = node.workers()
        asyncio.run(hold(node.port, 50, pid))
        before = descriptors(pid)
        kib = asyncio.run(hold(node.port, idle, pid))
        asyncio.run(broken(node.port, kills))
        time.sleep(2.0)
        leaked = descriptors(pid) - before
        start, peak = resident_mib(pid), Peak(pid)
        with peak:
            seconds = asyncio.run(one_frame(node.port, mib * 2**20))
        noise = node.tracebacks()
    instance.kill()
    rise = peak.mib - start
    seen = f"{kib:.1f} KiB a tunnel; {leaked} descriptors left; worker +{rise:.0f} MiB at {mib / seconds:.0f} MiB/s; "
    done = f"{idle} idle tunnels, {2 * kills} broken by either side, a frame of {mib} MiB there and back"
    passed = kib <= 60 and leaked <= 0 and rise < 64 and not noise
    return Result(
        "R-17, R-08 tunnels", done, "60 KiB each, nothing left, 64 MiB", f"{seen}{len(noise)} tracebacks", passed
    )


async def connect(port: int, path: str = "/") -> Peer:
    """An open WebSocket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16))
    writer.write(
        b"GET %b HTTP/1.1\r\nHost: trial\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % (path.encode(), key)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101 "):
        raise RuntimeError(head)
    return reader, writer


async def hold(port: int, count: int, pid: int) -> float:
    """KiB of the worker's memory for each of `count` tunnels that have carried one message and are silent."""
    before = resident_mib(pid)
    peers: list[Peer] = []
    for _ in range(count):
        peers.append(await connect(port))
        peers[-1][1].write(b"\x82\x85\x00\x00\x00\x00hello")
        await peers[-1][0].readexactly(7)
    await asyncio.sleep(0.5)
    grown = resident_mib(pid) - before
    for _reader, writer in peers:
        writer.close()
    await asyncio.sleep(0.5)
    return grown * 1024 / count


async def broken(port: int, count: int) -> None:
    """`count` tunnels whose client vanishes in the middle of a frame, and as many whose upstream does."""
    for _ in range(count):
        _reader, writer = await connect(port)
        writer.write(b"\x82\xff" + (10**6).to_bytes(8) + b"mask" + BLOCK)
        writer.transport.abort()
        reader, writer = await connect(port, "/vanish")
        writer.write(b"\x82\x85\x00\x00\x00\x00hello")
        await reader.read()
        writer.close()


async def one_frame(port: int, size: int) -> float:
    """The seconds for a frame of `size` bytes to go up and come back, read as slowly as it can be written."""
    reader, writer = await connect(port)
    began = time.monotonic()
    writer.write(b"\x82\xff" + size.to_bytes(8) + bytes(4))

    async def send() -> None:
        for _ in range(size // len(BLOCK)):
            writer.write(BLOCK)
            await writer.drain()

    sending = asyncio.create_task(send())
    left = size + 10
    while left:
        data = await reader.read(min(left, 2**20))
        if not data:
            raise RuntimeError(f"{left} bytes short")
        left -= len(data)
    await sending
    writer.close()
    return time.monotonic() - began


if __name__ == "__main__":
    result = run()
    print(result.seen)
    sys.exit(not result.passed)
