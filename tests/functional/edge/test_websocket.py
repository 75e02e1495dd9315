"""WebSocket through the edge (G-407, F15, A4): decided at the handshake, switched after the upstream, unchanged."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, ok, scripted
from tests.common.websocket import (
    ACCEPT,
    CLOSE,
    CONTINUATION,
    KEY,
    MASK,
    OFFER,
    PING,
    PONG,
    SWITCH,
    TEXT,
    close,
    echo,
    frame,
    handshake,
    read_frame,
)


async def test_g407_bytes_flow_both_ways_after_the_upstreams_101():
    async with (
        scripted(echo) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        head = (await handshake(client, "/ws?a=b", "Sec-WebSocket-Protocol: chat")).lower()
        assert head.startswith(b"http/1.1 101 ")
        for line in (b"upgrade: websocket", b"connection: upgrade", b"sec-websocket-protocol: chat"):
            assert head.count(line) == 1
        for size in (1, 125, 70_000, 1_000_000):
            sent = frame(bytes(range(256)) * (size // 256) + bytes(size % 256), mask=MASK)
            sending = asyncio.create_task(client.send(sent))
            assert await asyncio.wait_for(client.reader.readexactly(len(sent)), 30) == sent
            await sending
        asked = upstream.connections[0].received.split(b"\r\n\r\n")[0].lower()
        assert b"get /ws?a=b http/1.1" in asked
        for line in (b"connection: upgrade", b"upgrade: websocket", b"sec-websocket-key: " + KEY.lower().encode()):
            assert asked.count(b"\r\n" + line) == 1


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
            head = await handshake(client, "/ws", bearer(permissions=["chat"]))
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
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
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
            await handshake(client)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        async with RawClient(gateway.port) as client:
            await handshake(client)
            upstream.connections[1].reset()
            assert await client.is_closed()
        assert await eventually(lambda: gateway.runtime.live.open_connections() == 0)
        assert gateway.runtime.figures()["in_flight"] == 0


async def test_a_silent_websocket_is_closed_in_time_and_a_one_sided_one_is_not():
    async def listens(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        await connection.until_closed()

    async with (
        scripted(listens) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), tunnel_idle_seconds=1.5) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        for _ in range(8):
            await asyncio.sleep(0.25)
            await client.send(frame(b"here", PING, mask=MASK))
        assert not client.reader.at_eof()
        assert await client.is_closed()


async def test_t5_a_slow_reader_makes_the_other_side_wait():
    sent = 0

    async def floods(connection: Connection) -> None:
        nonlocal sent
        await connection.read_head()
        await connection.send(SWITCH)
        while sent < 64 * 2**20:
            await connection.send(frame(b"x" * 65536))
            sent += 65536

    async with (
        scripted(floods) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await asyncio.sleep(0.3)
        assert sent < 20 * 2**20


async def test_t2_a_websocket_that_is_reset_leaves_nothing_behind(caplog):
    async with scripted(echo) as upstream:
        async with edge_gateway(route(), services=(service(upstream.port),)) as gateway:
            async with RawClient(gateway.port) as client:
                await handshake(client)
                reset(client.writer)
            assert await is_at_rest(gateway)
        gc.collect()
    assert not caplog.records


async def test_t5_an_upload_to_a_slow_upstream_is_not_idle():
    """The upstream takes a little at a time and says nothing, for longer than the idle time."""
    size = 60_000_000

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        for _ in range(60):
            await connection.reader.readexactly(size // 60)
            await asyncio.sleep(0.05)
        await connection.send(b"still here")
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), tunnel_idle_seconds=2.0) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        head = b"\x82\xff" + size.to_bytes(8) + bytes(4)
        sending = asyncio.create_task(client.send(head + bytes(size)))
        assert await asyncio.wait_for(client.reader.readexactly(10), 30) == b"still here"
        sending.cancel()
        await asyncio.wait((sending,))


async def test_g407_subprotocols_and_extensions_are_between_client_and_upstream():
    """Also names and values outside the usual, which the gateway neither reads nor repairs."""
    answer = SWITCH.replace(b"chat", b"v2.b\xc3\xbcro").replace(
        b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: x; y=1\r\n\r\n"
    )

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(answer)
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        offers = ("Sec-WebSocket-Protocol: v1, v2.b\xfcro", "Sec-WebSocket-Extensions: x; y", "Origin: https://a.test")
        head = await handshake(client, "/ws", *offers)
        assert b"sec-websocket-protocol: v2.b\xc3\xbcro\r\n" in head
        assert b"sec-websocket-extensions: x; y=1\r\n" in head
        received = upstream.connections[0].received.lower()
        for offer in offers:
            assert offer.lower().encode("latin-1") in received


@pytest.mark.parametrize("is_client_first", [True, False])
async def test_g407_ping_pong_and_close_codes_pass_either_way(is_client_first):
    """The gateway answers none of them itself."""
    ours, theirs = [frame(b"q", PING), frame(b"r", PONG), close(4321)], [
        frame(b"q", PING, mask=MASK), frame(b"r", PONG, mask=MASK), close(4321, MASK),
    ]  # fmt: skip

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        for sent in ours if not is_client_first else []:
            await connection.send(sent)
        connection.frames = [await read_frame(connection.reader) for _ in theirs]
        for sent in ours if is_client_first else []:
            await connection.send(sent)

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        got = [await read_frame(client.reader) for _ in ours] if not is_client_first else []
        for sent in theirs:
            await client.send(sent)
        got = got or [await read_frame(client.reader) for _ in ours]
        assert await client.reader.read() == b""
        for found in (got, upstream.connections[0].frames):
            assert [(one.opcode, one.payload) for one in found] == [(PING, b"q"), (PONG, b"r"), (CLOSE, b"\x10\xe1")]


async def test_w_what_breaks_the_protocol_is_for_the_peer_to_judge():
    """Unmasked, reserved bits, unknown opcode, a Close of one byte: the upstream reads exactly what was sent."""
    sent = frame(b"plain", TEXT) + frame(b"a", TEXT, reserved=7, mask=MASK) + frame(b"b", 5) + frame(b"x" * 200, PING)
    sent += frame(b"y", CONTINUATION) + frame(b"z", CLOSE)
    async with (
        scripted(echo) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        for byte in sent:
            await client.send(bytes((byte,)))
        assert await asyncio.wait_for(client.reader.readexactly(len(sent)), 30) == sent


async def test_what_a_client_said_before_it_left_reaches_a_slow_upstream():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        await asyncio.sleep(0.3)
        await connection.until_closed()

    sent = frame(b"x" * 3_000_000, mask=MASK)
    async with scripted(script) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        async with RawClient(gateway.port) as client:
            await handshake(client)
            await client.send(sent)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert upstream.connections[0].received.endswith(sent)
        assert await is_at_rest(gateway)


@pytest.mark.parametrize("side", ["client", "upstream"])
@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_r17_a_hundred_tunnels_that_either_side_breaks_leave_nothing(side, how):
    async with scripted(echo) as upstream, edge_gateway(route(), services=(service(upstream.port),)) as gateway:
        for number in range(100):
            async with RawClient(gateway.port) as client:
                await handshake(client)
                await client.send(frame(bytes(5000), mask=MASK)[: 1 + number * 49])
                connection = upstream.connections[-1]
                if (side, how) == ("client", "eof"):
                    client.writer.write_eof()
                elif (side, how) == ("upstream", "eof"):
                    connection.writer.write_eof()
                elif side == "client":
                    reset(client.writer)
                else:
                    connection.reset()
                if side == "upstream" or how == "eof":
                    assert await client.is_closed()
        assert await is_at_rest(gateway)
        for connection in upstream.connections:
            await asyncio.wait_for(connection.ended.wait(), 20)


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes as a crash of the machine looks from outside."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_g407_tunnels_take_no_place_from_requests():
    async def script(connection: Connection) -> None:
        if b"upgrade: websocket" in await connection.read_head():
            await connection.send(SWITCH)
            await connection.until_closed()
        else:
            await connection.send(ok(b"room"))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), upstream_max_connections=1) as gateway,
        RawClient(gateway.port) as first,
        RawClient(gateway.port) as second,
        RawClient(gateway.port) as third,
    ):
        for client in (first, second):
            assert (await handshake(client)).startswith(b"HTTP/1.1 101")
        assert (await third.ask(get("/"))).body == b"room"
        assert gateway.runtime.live.open_connections() >= 2
