"""WebSockets of a whole node whose worker is told to stop (R-02b)."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from benchmarks.reliability.node import Node
from tests.common.raw_client import RawClient
from tests.common.scripted_upstream import scripted
from tests.common.websocket import CLOSE, MASK, close, handshake, listening, read_frame


async def test_r02b_a_worker_told_to_stop_closes_its_websockets_with_1001(tmp_path: Path) -> None:
    async with scripted(listening) as upstream:
        node = await asyncio.to_thread(Node, tmp_path, 1)
        with node:
            await asyncio.to_thread(node.instance, "one", upstream.port)
            await asyncio.to_thread(node.route, "/*", "/*")
            (worker,) = await asyncio.to_thread(node.workers)
            async with RawClient(node.port) as client:
                assert (await handshake(client)).startswith(b"HTTP/1.1 101 ")
                os.kill(worker, signal.SIGTERM)
                found = await read_frame(client.reader)
                assert (found.opcode, found.code) == (CLOSE, 1001)
                await client.send(close(1001, MASK))
                assert await client.reader.read() == b""
            assert [one.code for one in upstream.connections[0].frames] == [1001]
