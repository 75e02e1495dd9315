"""A stopping server waits for requests, not for connections (T8)."""

from __future__ import annotations

import asyncio

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, scripted


async def test_t8_a_connection_that_falls_idle_during_the_drain_does_not_hold_it():
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await go_on.wait()
        await connection.send(b"0\r\n\r\n")
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        await client.reader.readuntil(b"hello")
        draining = asyncio.create_task(gateway.server.drain(30))
        await asyncio.sleep(0.1)
        go_on.set()
        await asyncio.wait_for(draining, 20)


async def test_t8_a_connection_without_a_request_does_not_hold_the_drain():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as fresh, RawClient(gateway.port) as begun:
        await begun.send(b"GET / HT")
        await asyncio.sleep(0.05)
        await asyncio.wait_for(gateway.server.drain(30), 20)
        assert await fresh.is_closed()


async def test_t8_a_request_on_its_way_is_answered_and_told_to_close():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        assert (await client.ask(get("/"))).header(b"connection") is None
        draining = asyncio.create_task(gateway.server.drain(30))
        await asyncio.sleep(0.2)
        answer = await client.ask(get("/"))
        assert (answer.status, answer.header(b"connection")) == (404, b"close")
        await asyncio.wait_for(draining, 20)


async def test_t8_what_does_not_end_in_time_is_ended():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        await asyncio.sleep(0.1)
        await asyncio.wait_for(gateway.server.drain(0.3), 20)
        assert gateway.runtime.figures()["in_flight"] == 0, "it is over before the board and the log are closed"
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
