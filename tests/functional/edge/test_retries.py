"""When an instance fails: what is tried again, where, and what the client is told (G-402, G-404, T3)."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import AsyncExitStack, ExitStack

import pytest

from benchmarks.processes import free_port
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted


async def dies(connection: Connection) -> None:
    """Reads a request and resets without a word."""
    await connection.read_head()
    connection.reset()


async def silent(connection: Connection) -> None:
    """Takes everything and says nothing."""
    await connection.until_closed()


async def test_g402_a_refused_connection_goes_to_the_next_instance():
    async with (
        scripted(echoing("alive")) as upstream,
        edge_gateway(route(), services=(service(1, upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(4):
            assert (await client.ask(get("/x"))).body == b"alive GET /x "
        body = b"x" * 1000
        assert (await client.ask(post("/x", body))).body == b"alive POST /x " + body, "nothing had been sent yet"


async def test_t3_a_reset_is_repeated_for_idempotent_methods_only():
    async with (
        scripted(dies) as dead,
        scripted(echoing("alive")) as upstream,
        edge_gateway(route(), services=(service(dead.port, upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        posts = [(await client.ask(post("/", b"b"))).status for _ in range(2)]
        assert sorted(posts) == [200, 502], "one of the two instances resets"
        for request in (get("/"), post("/", b"b", "Idempotency-Key: 1")):
            assert [(await client.ask(request)).status for _ in range(4)] == [200] * 4


async def test_r06_what_may_not_be_repeated_avoids_an_instance_in_doubt_until_another_has_found_it_well():
    """The first POST finds the fault; the next ones leave it to GETs to find out whether it is over."""
    moods = [dies]

    async def as_told(connection: Connection) -> None:
        await moods[-1](connection)

    async with (
        scripted(as_told) as shaky,
        scripted(echoing("alive")) as upstream,
        edge_gateway(route(), services=(service(shaky.port, upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        posts = [(await client.ask(post("/", b"b"))).status for _ in range(6)]
        assert sorted(posts) == [200] * 5 + [502]
        moods.append(echoing("well again"))
        assert {(await client.ask(post("/", b"b"))).body for _ in range(4)} == {b"alive POST / b"}
        while not (await client.ask(get("/"))).body.startswith(b"well again"):
            pass
        assert len({(await client.ask(post("/", b"b"))).body for _ in range(4)}) == 2


async def test_r06_a_post_that_breaks_on_a_kept_connection_leaves_the_next_to_other_instances():
    async def one_answer(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(ok(b"shaky"))
        await connection.read_head()
        connection.reset()

    async with (
        scripted(one_answer) as shaky,
        scripted(echoing("alive")) as upstream,
        edge_gateway(route(), services=(service(shaky.port, upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            assert (await client.ask(get("/"))).status == 200
        posts = [(await client.ask(post("/", b""))).status for _ in range(6)]
        assert sorted(posts) == [200] * 5 + [502]


async def test_r06_an_instance_in_doubt_is_better_than_none():
    async with (
        scripted(dies) as dead,
        edge_gateway(route(), services=(service(dead.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert [(await client.ask(post("/", b"b"))).status for _ in range(3)] == [502] * 3
        assert len(dead.connections) == 3


async def test_t3_a_connection_gone_stale_costs_nobody_an_answer():
    """The upstream closes each connection after one answer without saying so, just when it is used again."""

    async def one_answer(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(ok(b"fine"))
        await connection.read_head()
        connection.reset()

    async with (
        scripted(one_answer) as upstream,
        edge_gateway(route(retry_count=0), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(6):
            assert (await client.ask(get("/"))).body == b"fine"


async def test_r25_one_get_finds_out_that_an_instance_breaks_every_connection_and_no_post_does():
    """Were it sent elsewhere at once, each kept connection would have to break before anything was known."""
    is_broken, broken = asyncio.Event(), list[Connection]()

    async def breaking(connection: Connection) -> None:
        while True:
            await connection.read_head()
            if is_broken.is_set():
                broken.append(connection)
                connection.reset()
            await connection.send(ok(b"fine"))

    async with (
        scripted(breaking) as one,
        scripted(echoing("alive")) as two,
        edge_gateway(route(), services=(service(one.port, two.port),)) as gateway,
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(RawClient(gateway.port)) for _ in range(12)]
        await asyncio.gather(*(client.ask(get("/")) for client in clients))
        kept = len(one.connections)
        assert kept > 1
        is_broken.set()
        while not broken:
            assert (await clients[0].ask(get("/"))).status == 200
        assert [(await clients[0].ask(post("/", b"b"))).status for _ in range(6)] == [200] * 6
        assert [connection.number < kept for connection in broken] == [True, False], "a kept one, then a fresh one"


async def test_r06_a_silent_instance_is_given_up_after_its_own_time_and_another_is_asked():
    async with (
        scripted(silent) as mute,
        scripted(echoing("alive")) as upstream,
        edge_gateway(
            route(timeout_seconds=30), services=(service(mute.port, upstream.port, answer_timeout_seconds=0.2),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        posts = {(await client.ask(post("/", b"b"))).status for _ in range(2)}
        assert posts == {200, 504}, "what may have been processed is not sent twice"
        statuses = [(await client.ask(get("/"))).status for _ in range(4)]
        assert statuses == [200] * 4


async def test_g402_every_instance_failing_is_a_bad_gateway_within_the_time():
    async with (
        edge_gateway(route(retry_count=2), services=(service(1, 2),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/"))
        assert (answer.status, json.loads(answer.body)["code"]) == (502, "F50200")


async def test_g402_the_routes_time_bounds_all_attempts_together():
    async with (
        scripted(silent) as upstream,
        edge_gateway(route(timeout_seconds=0.3, retry_count=5), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        began = time.monotonic()
        answer = await client.ask(get("/"))
        assert (answer.status, json.loads(answer.body)["code"]) == (504, "F50400")
        assert time.monotonic() - began > 0.25
        assert len(upstream.connections) == 1


async def test_t1_an_upstream_that_stops_in_the_middle_ends_the_answer():
    async def half(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await connection.until_closed()

    async with (
        scripted(half) as upstream,
        edge_gateway(route(timeout_seconds=0.3), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        assert await client.is_closed()


GARBAGE = {
    "not http": b"SSH-2.0-OpenSSH\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "nul": b"HTTP/1.1 200 OK\r\nA: \x00\r\nContent-Length: 0\r\n\r\n",
    "switching unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "flood of interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    "head without end": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20000,
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_g402_a_reply_that_is_not_http_is_a_bad_gateway(name):
    async with (
        scripted(answering(GARBAGE[name])) as upstream,
        edge_gateway(route(retry_count=0), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/"))).status == 502
        assert gateway.runtime.live.open_connections() == 0, "a connection that misbehaved is not used again"


async def test_a_broken_chunk_after_the_head_breaks_the_answer():
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(response[:-4])
        await asyncio.sleep(0.05)
        await connection.send(response[-4:])
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        received = b""
        while data := await _read(client):
            received += data
        assert not received.endswith(b"0\r\n\r\n")


async def _read(client: RawClient) -> bytes:
    try:
        return await asyncio.wait_for(client.reader.read(65536), 30)
    except ConnectionError:
        return b""


async def test_r06_an_instance_killed_and_restarted_under_load_costs_no_get():
    """Twenty keep-alive clients while one of two instances comes and goes."""
    port = free_port()
    async with scripted(echoing("steady")) as steady, scripted(echoing("shaky"), port) as shaky:
        unlimited = route(rate_limit_rpm=None)
        async with edge_gateway(unlimited, services=(service(steady.port, port),)) as gateway:
            done = asyncio.Event()
            statuses: list[int] = []

            async def client_loop() -> None:
                async with RawClient(gateway.port) as client:
                    while not done.is_set():
                        statuses.append((await client.ask(get("/"))).status)

            clients = [asyncio.create_task(client_loop()) for _ in range(20)]
            for number in range(5):
                assert await eventually(lambda seen=40 * number: len(statuses) > seen + 20)
                await shaky.stop()
                assert await eventually(lambda seen=40 * number: len(statuses) > seen + 40)
                await shaky.start(port)
            done.set()
            await asyncio.gather(*clients)
            assert set(statuses) == {200}
            assert gateway.runtime.figures()["in_flight"] == 0


@pytest.mark.parametrize("retries", [0, 3])
async def test_g402_time_that_ends_while_connecting_is_a_timeout(retries):
    with socket.socket() as silent, ExitStack() as stack:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for _ in range(3):  # fills the kernel's queue, so that nobody is answered any more
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(silent.getsockname())
        only = route(timeout_seconds=0.4, retry_count=retries)
        async with (
            edge_gateway(only, services=(service(silent.getsockname()[1]),)) as gateway,
            RawClient(gateway.port) as client,
        ):
            assert (await client.ask(get("/"))).status == 504
