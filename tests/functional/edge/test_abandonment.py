"""Clients that leave at any moment cost nothing that stays (T2, T4, R07)."""

from __future__ import annotations

import asyncio
import gc
import logging
import random

import pytest

from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, scripted

REQUESTS = {
    "get": get("/"),
    "small body": post("/", b"abc"),
    "large body": post("/", b"x" * 300_000),
    "half a body": post("/", b"x" * 70_000)[:-1],
    "chunked": b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "half a chunk": b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "invited": b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    "pipelined": get("/") * 20,
}


async def moody(connection: Connection) -> None:
    """Answers at once, late, piecemeal, or not at all; early, too."""
    while True:
        head = await connection.read_head()
        if b"content-length: 3\r\n" in head:
            await connection.read_exactly(3)
        await asyncio.sleep(random.choice([0, 0, 0.002, 0.01]))
        mood = random.random()
        if mood < 0.1:
            connection.reset()
            return
        if mood < 0.4:
            await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(3):
                await connection.send(b"5\r\nhello\r\n")
                await asyncio.sleep(0.002)
            await connection.send(b"0\r\n\r\n")
        else:
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        if b"content-length: 3\r\n" not in head and b"GET" not in head:
            return


async def leave_after(port: int, data: bytes, seconds: float, *, cut: bool) -> None:
    """Sends, waits, goes: with a reset or in peace."""
    async with RawClient(port) as client:
        client.writer.write(data)
        await asyncio.sleep(seconds)
        if cut:
            client.writer.transport.abort()


@pytest.mark.parametrize("kind", REQUESTS)
async def test_t2_r07_clients_that_leave_at_any_moment_leave_nothing_behind(kind, caplog):
    random.seed(kind)
    fields = {
        "retry_count": 1,
        "load_balance_strategy": "least_connections",
        "timeout_seconds": 2,
        "rate_limit_rpm": None,
    }
    with caplog.at_level(logging.WARNING):
        async with scripted(moody) as one, scripted(moody) as two:
            services = (service(one.port, two.port),)
            async with edge_gateway(route(**fields), services=services, upstream_max_connections=3) as gateway:
                for _ in range(12):
                    moments = [random.uniform(0, 0.03) for _ in range(10)]
                    leaving = (leave_after(gateway.port, REQUESTS[kind], m, cut=random.random() < 0.5) for m in moments)
                    await asyncio.gather(*leaving)
                assert await is_at_rest(gateway)
                assert not gateway.runtime.live._balancers["s", "least_connections"]._running
                gc.collect()
    assert not caplog.records
