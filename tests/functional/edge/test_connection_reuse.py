"""A connection is used again only when nothing on it can be taken for somebody else's message (F7, F12, F14, F16)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, echoing, ok, scripted

POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"


async def read_slowly(port: int) -> None:
    """Asks for `/large` and takes next to nothing of it for a while, then all."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    try:
        writer.write(get("/large"))
        await asyncio.sleep(0.5)
        while await reader.read(1_000_000):
            pass
    finally:
        writer.close()


@pytest.mark.parametrize("size", [2_600_000, 2_800_000, 3_000_000, 3_200_000])
async def test_f12_bytes_after_a_large_answer_are_not_the_next_answer(size):
    """A slow client makes the gateway stop reading; what then lies in the socket must not be forgotten.

    Whether the end of the body has been read when the gateway stops depends on the sizes of the kernel's buffers,
    hence the several sizes.
    """

    async def script(connection: Connection) -> None:
        await connection.read_head()
        if connection.number == 0:
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            await asyncio.sleep(0.1)
            await connection.send(POISON)
            await connection.until_closed()
        while True:
            await connection.send(ok(b"right"))
            await connection.read_head()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), upstream_max_connections=1) as gateway,
        RawClient(gateway.port) as waiting,
    ):
        slow = asyncio.create_task(read_slowly(gateway.port))
        await asyncio.sleep(0.3)
        await waiting.send(get("/next"))
        assert (await waiting.answer()).body == b"right"
        slow.cancel()
        await asyncio.wait((slow,))


async def test_f14_a_body_that_was_not_invited_is_not_the_next_request():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(
            b"POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 36\r\n\r\n"
            b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        answer = await client.answer(b"POST")
        assert (answer.status, answer.header(b"connection")) == (404, b"close")
        assert await client.reader.read() == b""


@pytest.mark.parametrize("cut", range(1, 6))
async def test_an_empty_line_before_a_request_is_forgiven_wherever_it_is_cut(cut):
    """RFC 9112 section 2.2."""
    data = b"\r\n" + get("/")
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(data[:cut])
        await asyncio.sleep(0.05)
        assert (await client.ask(data[cut:])).status == 404


async def test_f16_keep_alive_goes_on_after_every_kind_of_body():
    chunked = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;e=f\r\nabc\r\n0\r\nT: v\r\n\r\n"
    invited = b"PUT /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    async with (
        scripted(echoing("u")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(post("/a", b"1") + chunked + get("/g") + invited)
        bodies = [(await client.answer(b"POST")).body for _ in range(3)]
        assert bodies == [b"u POST /a 1", b"u POST /c abc", b"u GET /g "]
        await asyncio.sleep(0.1)
        await client.send(b"xyz" + get("/last"))
        answer = await client.answer(b"PUT")
        assert (answer.informational, answer.body) == ([100], b"u PUT /e xyz")
        assert (await client.answer()).body == b"u GET /last "


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
async def test_f9_an_upstream_that_leaves_a_body_unread_answers_it_to_nobody(method):
    """It takes the body for the next request, and its answer to that comes when the connection lies idle."""
    smuggled, goes_on = get("/smuggled"), asyncio.Event()

    async def leaves_bodies(connection: Connection) -> None:
        while head := await connection.read_head():
            if b"smuggled" in head:
                await goes_on.wait()
            await connection.send(ok(b"" if head.startswith(b"HEAD") else head.split()[1]))

    async with (
        scripted(leaves_bodies) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as attacker,
        RawClient(gateway.port) as victim,
    ):
        request = b"%b /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (method.encode(), len(smuggled))
        assert (await attacker.ask(request + smuggled, method.encode())).status == 200
        asking = asyncio.create_task(victim.ask(get("/own")))
        while len(upstream.connections) < 2 and not asking.done():
            await asyncio.sleep(0.01)
        goes_on.set()
        assert (await asking).body == b"/own"
        assert len(upstream.connections) == 2
