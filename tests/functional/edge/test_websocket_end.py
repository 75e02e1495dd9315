"""How the gateway itself ends a WebSocket: a Close to both sides between two frames, and why (T8, A4, R-02b, R-10)."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient
from tests.common.scripted_upstream import Connection, scripted
from tests.common.websocket import (
    CLOSE,
    CONTINUATION,
    MASK,
    PING,
    SWITCH,
    TEXT,
    close,
    frame,
    handshake,
    listening,
    read_frame,
)


async def answers_close(client: RawClient, code: int) -> None:
    """The client's part of an orderly end."""
    found = await read_frame(client.reader)
    assert (found.opcode, found.code, found.masked) == (CLOSE, code, False)
    await client.send(close(code, MASK))
    assert await client.reader.read() == b""


async def test_r02b_a_stopping_worker_closes_both_sides_with_1001():
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        draining = asyncio.create_task(gateway.server.drain(30))
        await answers_close(client, 1001)
        await asyncio.wait_for(draining, 20)
        (found,) = upstream.connections[0].frames
        assert (found.opcode, found.code, found.masked) == (CLOSE, 1001, True)
        assert await is_at_rest(gateway)


async def test_r02b_between_the_fragments_of_a_message_there_is_room_for_a_close():
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await client.send(frame(b"a beginning", TEXT, fin=False, mask=MASK))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(gateway.server.drain(30))
        await answers_close(client, 1001)
        await asyncio.wait_for(draining, 20)
        assert [(one.opcode, one.fin) for one in upstream.connections[0].frames] == [(TEXT, False), (CLOSE, True)]


async def test_r02b_a_frame_that_has_begun_is_finished_first():
    """The client is told at once; the upstream gets the rest of the frame, then its Close, then nothing."""
    sent = frame(bytes(range(250)) * 40, TEXT, mask=MASK)
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await client.send(sent[:100])
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(gateway.server.drain(30))
        assert (await read_frame(client.reader)).code == 1001
        await client.send(sent[100:5000])
        await asyncio.sleep(0.05)
        assert upstream.connections[0].frames == []
        await client.send(sent[5000:] + frame(b"too late", mask=MASK) + close(1001, MASK))
        assert await client.reader.read() == b""
        await asyncio.wait_for(draining, 20)
        first, last = upstream.connections[0].frames
        assert first.payload == bytes(range(250)) * 40
        assert (last.opcode, last.code) == (CLOSE, 1001)


async def test_r02b_a_header_of_which_only_a_part_came_is_not_followed_by_a_close_inside_it():
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await client.send(frame(b"x" * 300, mask=MASK)[:3])
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(gateway.server.drain(30))
        assert (await read_frame(client.reader)).code == 1001
        await asyncio.wait_for(draining, 20)
        assert [one.opcode for one in upstream.connections[0].frames] == [CLOSE]


async def test_t8_peers_that_do_not_answer_a_close_are_not_waited_for_long():
    async def deaf(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH + frame(bytes(100))[:50])
        await connection.until_closed()

    async with (
        scripted(deaf) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), drain_seconds=0.5) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        began = time.monotonic()
        await asyncio.wait_for(gateway.server.drain(30), 20)
        assert time.monotonic() - began > 0.4
        assert upstream.connections[0].received[-8:-6] == b"\x88\x82"
        assert await is_at_rest(gateway)


async def test_a_handshake_that_ends_during_the_drain_is_closed_too():
    go_on = asyncio.Event()

    async def late(connection: Connection) -> None:
        await connection.read_head()
        await go_on.wait()
        await connection.send(SWITCH)
        connection.frames.append(await read_frame(connection.reader))
        await connection.send(close(1001))

    async with (
        scripted(late) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        asking = asyncio.create_task(handshake(client))
        await asyncio.sleep(0.1)
        draining = asyncio.create_task(gateway.server.drain(30))
        await asyncio.sleep(0.1)
        go_on.set()
        await asking
        await answers_close(client, 1001)
        await asyncio.wait_for(draining, 20)


async def test_a_close_that_the_peers_began_is_not_doubled():
    """The client has said goodbye and the upstream has not answered yet: it gets no second Close."""
    go_on = asyncio.Event()

    async def slow(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH)
        connection.frames.append(await read_frame(connection.reader))
        await go_on.wait()
        await connection.send(close(1000))
        connection.frames.append(await connection.reader.read())

    async with (
        scripted(slow) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await client.send(close(1000, MASK))
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(gateway.server.drain(30))
        assert (await read_frame(client.reader)).code == 1001
        go_on.set()
        assert await client.reader.read() == b""
        await asyncio.wait_for(draining, 20)
        assert [one.code for one in upstream.connections[0].frames[:1]] == [1000]
        assert upstream.connections[0].frames[1] == b""


async def test_a_silent_websocket_is_closed_with_1001_not_cut():
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), tunnel_idle_seconds=0.3) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        await answers_close(client, 1001)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert upstream.connections[0].frames[0].code == 1001


@pytest.mark.parametrize("ends", [True, False])
async def test_a4_a_websocket_ends_with_the_token_that_opened_it(ends):
    async with (
        scripted(listening) as upstream,
        edge_gateway(
            route(requires_auth=True), services=(service(upstream.port),), websocket_ends_with_token=ends
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        end = int(time.time()) + 3
        await handshake(client, "/ws", bearer(exp=end))
        if ends:
            await answers_close(client, 1008)
            assert time.time() >= end - 0.05  # the two clocks are not one
            await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
            assert upstream.connections[0].frames[0].code == 1008
        else:
            await asyncio.sleep(end - time.time() + 0.3)
            await client.send(frame(b"still here", mask=MASK))
            assert await eventually(lambda: upstream.connections[0].frames)
            assert upstream.connections[0].frames[0].payload == b"still here"


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("limit", [100, 70_000])
async def test_r10_the_limit_of_a_message_is_exact(limit, fragments):
    async with (
        scripted(listening) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), websocket_max_message_bytes=limit) as gateway,
    ):
        for size in (limit - 1, limit, limit + 1):
            async with RawClient(gateway.port) as client:
                await handshake(client)
                for part in range(fragments):
                    payload = bytes(size)[part * (size // fragments) :][
                        : size if part == fragments - 1 else size // fragments
                    ]
                    opcode = CONTINUATION if part else TEXT
                    await client.send(frame(payload, opcode, fin=part == fragments - 1, mask=MASK))
                    await client.send(frame(b"between", PING, mask=MASK))
                if size > limit:
                    await answers_close(client, 1009)
                else:
                    await client.send(close(1000, MASK))
                    assert (await read_frame(client.reader)).code == 1000
            connection = upstream.connections[-1]
            await asyncio.wait_for(connection.ended.wait(), 20)
            received = sum(len(one.payload) for one in connection.frames if one.opcode in (TEXT, CONTINUATION))
            assert received == size if size <= limit else received < size
            assert connection.frames[-1].code == (1009 if size > limit else 1000)
        assert await is_at_rest(gateway)


async def test_r10_the_upstreams_messages_are_limited_too():
    async def talks(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(SWITCH + frame(b"x" * 100) + frame(b"y" * 101))
        connection.frames.append(await read_frame(connection.reader))
        await connection.send(close(1009))

    async with (
        scripted(talks) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), websocket_max_message_bytes=100) as gateway,
        RawClient(gateway.port) as client,
    ):
        await handshake(client)
        assert (await read_frame(client.reader)).payload == b"x" * 100
        await answers_close(client, 1009)
        assert upstream.connections[0].frames[0].code == 1009
