"""Server-sent events and other answers without an end (G-400, G-407, R-08)."""

from __future__ import annotations

import asyncio
import time

from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, scripted

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(text: bytes) -> bytes:
    data = b"data: %b\n\n" % text
    return b"%x\r\n%b\r\n" % (len(data), data)


def ticking(seconds: float, count: int = 1_000_000) -> object:
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(HEAD)
        for number in range(count):
            await connection.send(event(b"%d" % number))
            await asyncio.sleep(seconds)
        await connection.until_closed()

    return script


async def test_r08_an_event_is_with_the_client_within_50_ms_of_the_upstreams_sending_it():
    """Each is sent when the one before has come: whoever collected them would keep all of them waiting."""
    sent_at: list[float] = []
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(HEAD)
        for number in range(10):
            await go_on.wait()
            go_on.clear()
            sent_at.append(time.monotonic())
            await connection.send(event(b"%d" % number))
        await connection.until_closed()

    delays = []
    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        for number in range(10):
            go_on.set()
            await asyncio.wait_for(client.reader.readuntil(b"data: %d\n\n" % number), 30)
            delays.append(time.monotonic() - sent_at[number])
    assert sorted(delays)[2] < 0.05


async def test_the_head_of_a_stream_does_not_wait_for_its_first_event():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(HEAD)
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        head = await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 30)
        assert b"content-type: text/event-stream" in head


async def test_a_stream_may_last_longer_than_the_routes_time_while_it_is_not_silent():
    async with (
        scripted(ticking(0.2)) as upstream,
        edge_gateway(route(timeout_seconds=2.5), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        await asyncio.wait_for(client.reader.readuntil(b"data: 15\n\n"), 30)


async def test_a_stream_that_is_silent_for_the_routes_time_is_cut_and_not_made_to_look_whole():
    async with (
        scripted(ticking(0.0, 1)) as upstream,
        edge_gateway(route(timeout_seconds=0.3), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        received = b""
        try:
            while data := await asyncio.wait_for(client.reader.read(65536), 30):
                received += data
        except ConnectionError:
            pass
        assert b"data: 0" in received
        assert not received.endswith(b"0\r\n\r\n")


async def test_t2_a_client_that_leaves_a_stream_ends_the_upstream_call():
    async with (
        scripted(ticking(0.05)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.send(get("/"))
            await asyncio.wait_for(client.reader.readuntil(b"data: 2\n\n"), 30)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert await is_at_rest(gateway)


async def test_t8_a_stream_may_go_on_while_the_worker_stops_until_its_time_is_over():
    async with (
        scripted(ticking(0.05)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        await client.reader.readuntil(b"data: 0\n\n")
        draining = asyncio.create_task(gateway.server.drain(0.6))
        await asyncio.wait_for(client.reader.readuntil(b"data: 6\n\n"), 30)
        await asyncio.wait_for(draining, 20)
        assert await client.is_closed()
