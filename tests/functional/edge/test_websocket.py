"""WebSocket through the edge (G-407, F15, A4): decided at the handshake, switched after the upstream, unchanged."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import socket
import struct

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, ok, scripted

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
OFFER = (
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
)


async def echo(connection: Connection) -> None:
    """Accepts, and sends back every byte."""
    await connection.read_head()
    await connection.send(SWITCH)
    while data := await connection.reader.read(65536):
        connection.received += data
        await connection.send(data)


async def switched(client: RawClient, request: bytes) -> bytes:
    await client.send(request)
    return await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 5)


async def test_g407_bytes_flow_both_ways_after_the_upstreams_101():
    async with (
        scripted(echo) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        head = (await switched(client, get("/ws?a=b", *OFFER, "Sec-WebSocket-Protocol: chat"))).lower()
        assert head.startswith(b"http/1.1 101 ")
        for line in (b"upgrade: websocket", b"connection: upgrade", b"sec-websocket-protocol: chat"):
            assert head.count(line) == 1
        for size in (1, 125, 70_000, 1_000_000):
            frame = bytes(range(256)) * (size // 256) + bytes(size % 256)
            sending = asyncio.create_task(client.send(frame))
            assert await asyncio.wait_for(client.reader.readexactly(len(frame)), 5) == frame
            await sending
        handshake = upstream.connections[0].received.split(b"\r\n\r\n")[0].lower()
        assert b"get /ws?a=b http/1.1" in handshake
        for line in (b"connection: upgrade", b"upgrade: websocket", b"sec-websocket-key: " + KEY.lower().encode()):
            assert handshake.count(b"\r\n" + line) == 1


async def test_a4_the_handshake_is_authorised_like_any_request():
    async with (
        scripted(echo) as upstream,
        edge_gateway(route(required_permissions=("chat",)), services=(service(upstream.port),)) as gateway,
    ):
        for fields, status in (((), 401), ((bearer(),), 403)):
            async with RawClient(gateway.port) as client:
                assert (await client.ask(get("/ws", *OFFER, *fields))).status == status
        assert not upstream.connections
        async with RawClient(gateway.port) as client:
            head = await switched(client, get("/ws", *OFFER, bearer(permissions=["chat"])))
            assert head.startswith(b"HTTP/1.1 101 ")


async def test_f15_an_upstream_that_does_not_switch_answers_as_usual():
    async with (
        scripted(answering(ok(b"no"))) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            answer = await client.ask(get("/ws", *OFFER))
            assert (answer.status, answer.body) == (200, b"no")
        assert len(upstream.connections) == 1


@pytest.mark.parametrize(
    "answer",
    [
        SWITCH.replace(ACCEPT, b"AAAA"),
        SWITCH.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
async def test_f15_a_101_that_does_not_accept_the_handshake_is_a_bad_gateway(answer):
    async with (
        scripted(answering(answer)) as upstream,
        edge_gateway(route(retry_count=0), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/ws", *OFFER))).status == 502


async def test_f15_data_sent_before_the_switch_is_refused_and_not_forwarded():
    async with (
        scripted(echo) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/ws", *OFFER) + b"too early")
        assert (await client.answer()).status == 400
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 2)
        assert b"too early" not in upstream.connections[0].received


@pytest.mark.parametrize(
    "fields",
    [
        ("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"),
        ("Upgrade: websocket", f"Sec-WebSocket-Key: {KEY}"),
        ("Upgrade: websocket", "Connection: Upgrade"),
    ],
)
async def test_f15_no_other_upgrade_is_offered_on(fields):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/", *fields))).status == 200
        received = upstream.connections[0].received.lower()
        assert b"\r\nupgrade:" not in received
        assert b"\r\nhttp2-settings:" not in received


async def test_when_either_side_ends_the_other_is_told_and_nothing_is_left():
    async with scripted(echo) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        async with RawClient(gateway.port) as client:
            await switched(client, get("/ws", *OFFER))
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 1)
        async with RawClient(gateway.port) as client:
            await switched(client, get("/ws", *OFFER))
            upstream.connections[1].reset()
            assert await client.is_closed()
        await asyncio.sleep(0.05)
        assert gateway.runtime.live.open_connections() == 0
        assert gateway.runtime.figures()["in_flight"] == 0


async def test_a_silent_websocket_is_closed_in_time_and_a_one_sided_one_is_not():
    async def listens(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        await connection.until_closed()

    async with (
        scripted(listens) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), tunnel_idle_seconds=0.4) as gateway,
        RawClient(gateway.port) as client,
    ):
        await switched(client, get("/ws", *OFFER))
        for _ in range(8):
            await asyncio.sleep(0.1)
            await client.send(b"ping")
        assert not client.reader.at_eof()
        assert await client.is_closed()


async def test_t5_a_slow_reader_makes_the_other_side_wait():
    sent = 0

    async def floods(connection: Connection) -> None:
        nonlocal sent
        await connection.read_head()
        await connection.send(SWITCH)
        while sent < 64 * 2**20:
            await connection.send(b"x" * 65536)
            sent += 65536

    async with (
        scripted(floods) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await switched(client, get("/ws", *OFFER))
        await asyncio.sleep(0.3)
        assert sent < 20 * 2**20


async def test_t2_a_websocket_that_is_reset_leaves_nothing_behind(caplog):
    async with scripted(echo) as upstream:
        async with edge_gateway(route(), services=(service(upstream.port),)) as gateway:
            async with RawClient(gateway.port) as client:
                await switched(client, get("/ws", *OFFER))
                sock = client.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.writer.transport.abort()
            assert await is_at_rest(gateway)
        gc.collect()
    assert not caplog.records


async def test_t5_an_upload_to_a_slow_upstream_is_not_idle():
    """The upstream takes a little at a time and says nothing, for longer than the idle time."""

    async def script(connection: Connection) -> None:
        connection.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200_000)
        await connection.read_head()
        await connection.send(SWITCH)
        for _ in range(50):
            await connection.reader.readexactly(150_000)
            await asyncio.sleep(0.05)
        await connection.send(b"still here")
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), tunnel_idle_seconds=1) as gateway,
        RawClient(gateway.port) as client,
    ):
        await switched(client, get("/ws", *OFFER))
        sending = asyncio.create_task(client.send(b"x" * 12_000_000))
        assert await asyncio.wait_for(client.reader.readexactly(10), 5) == b"still here"
        sending.cancel()
        await asyncio.wait((sending,))
