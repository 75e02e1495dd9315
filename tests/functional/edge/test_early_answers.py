"""An answer that begins before the request has ended, and answers that break off (F7, F11, G-407)."""

from __future__ import annotations

import asyncio

import h11
import pytest

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, scripted

UNFINISHED = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 1000


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 8\r\n", b"no, sir!"),
        (b"Transfer-Encoding: chunked\r\n", b"8\r\nno, sir!\r\n0\r\n\r\n"),
        (b"", b"no, sir!"),
    ],
    ids=["length", "chunked", "until_close"],
)
async def test_f11_an_early_answer_arrives_whole_however_late_its_body_comes(framing, body):
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 403 No\r\n" + framing + b"\r\n")
        await asyncio.sleep(0.1)
        await connection.send(body)
        connection.writer.write_eof()
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(UNFINISHED)
        answer = await client.answer(b"POST")
        assert (answer.status, answer.body, answer.header(b"connection")) == (403, b"no, sir!", b"close")
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_f11_an_answer_until_close_that_is_reset_is_not_made_to_look_whole():
    """Its end is the close; a reset is an error of the transport, not an end (RFC 9112 section 8)."""

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\nthe first half")
        await asyncio.sleep(0.1)
        connection.reset()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        with pytest.raises((h11.RemoteProtocolError, ConnectionError)):
            await client.answer()


@pytest.mark.parametrize("cut", [b"Content-Length: 9\r\n\r\nhell", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n"])
async def test_f11_a_client_of_http_1_0_is_told_by_a_reset_that_an_answer_was_cut(cut):
    """Where the end of the body is the close, a close in peace would make a cut body look whole."""

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\n" + cut)

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/", version="1.0"))
        with pytest.raises(ConnectionResetError):  # noqa: PT012 - how many reads it takes is not the matter
            while await client.reader.read(65536):
                pass


async def test_f11_an_answer_until_close_is_not_ended_by_a_client_whose_own_body_breaks():
    """The gateway's own reset of the upstream connection is no end either."""

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\nthe first half")
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=1), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0.2)
        await client.send(b"not a chunk\r\n")
        with pytest.raises((h11.RemoteProtocolError, ConnectionError)):
            await client.answer(b"POST")
