"""Peers that stop reading or writing hold nothing for long (T1, T2, T5)."""

from __future__ import annotations

import asyncio
import select
import socket

from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted


def deaf_socket(port: int) -> socket.socket:
    """A client that takes next to nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    return sock


async def test_t5_a_client_that_takes_no_answers_is_let_go_even_when_they_are_small():
    """Answers that fit into the buffer congest nothing, yet the connection must not stay open for them for ever."""
    async with (
        scripted(answering(ok(b"x" * 50_000))) as upstream,
        edge_gateway(
            route(), services=(service(upstream.port),), keep_alive_timeout_seconds=0.3, body_timeout_seconds=0.5
        ) as gateway,
    ):
        for requests in (40, 52, 60, 64):
            with deaf_socket(gateway.port) as sock:
                sock.sendall(get("/") * requests)
                await asyncio.sleep(0.3)
                assert await eventually(lambda: gateway.server.open_connections == 0), requests


async def test_t5_a_client_that_takes_nothing_is_reset_so_that_the_kernel_keeps_nothing_for_it():
    """A close would leave megabytes in the kernel until the peer takes them, if ever (slow reading, R-09)."""
    answers = [(ok(b"x" * 30_000_000), 1), (ok(b"x" * 50_000), 64)]  # one that congests, and many that do not
    for answer, requests in answers:
        async with (
            scripted(answering(answer)) as upstream,
            edge_gateway(
                route(), services=(service(upstream.port),), keep_alive_timeout_seconds=0.3, body_timeout_seconds=0.3
            ) as gateway,
        ):
            with deaf_socket(gateway.port) as sock:
                sock.sendall(get("/") * requests)
                gone = select.poll()
                gone.register(sock, 0)  # a reset is told unasked, an end is not
                assert await eventually(lambda gone=gone: gone.poll(0)), requests


async def test_t2_a_client_that_leaves_after_a_large_upload_is_noticed():
    taken = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await asyncio.sleep(0.3)
        await connection.read_exactly(6_000_000)
        taken.set()
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n" + b"x" * 6_000_000)
            await asyncio.wait_for(taken.wait(), 25)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_t1_an_upstream_that_takes_no_body_ends_with_the_routes_time():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await asyncio.sleep(30)

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=0.5), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n" + b"x" * 30_000_000)
        answer = await client.answer(b"POST")
        assert (answer.status, answer.header(b"connection")) == (504, b"close")
        assert gateway.runtime.figures()["upstream_connections"] == 0


async def test_t1_the_routes_time_that_ends_in_a_slow_upload_is_the_clients_fault():
    """Nobody may hold it against the upstream, which has taken everything there was."""
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(timeout_seconds=0.4), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(post("/", b"x" * 1000)[:-1])
        answer = await client.answer(b"POST")
        assert (answer.status, answer.header(b"connection")) == (408, b"close")
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_t4_a_full_queue_is_answered_at_once_and_not_waited_for():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(
            route(timeout_seconds=60),
            services=(service(upstream.port),),
            upstream_max_connections=1,
            upstream_queue_size=0,
        ) as gateway,
        RawClient(gateway.port) as holding,
        RawClient(gateway.port) as client,
    ):
        await holding.send(get("/"))
        assert await eventually(lambda: upstream.connections and upstream.connections[0].received)
        answer = await client.ask(get("/"))  # which has less patience than the route
        assert (answer.status, answer.header(b"retry-after")) == (503, b"1")


async def test_g360_an_instance_is_not_blamed_for_a_client_that_took_most_of_the_time():
    async def takes_its_time(connection: Connection) -> None:
        if (await connection.read_head()).startswith(b"POST"):
            await connection.read_exactly(6)
            await asyncio.sleep(30)
        await connection.send(ok())

    async def slowly(port: int) -> int:
        async with RawClient(port) as client:
            request = post("/p/x", b"abcdef")
            await client.send(request[:-1])
            await asyncio.sleep(1.6)
            await client.send(request[-1:])
            return (await client.answer(b"POST")).status

    policy = {"breaker": BreakerSpec(max_failures=2), "health": HealthSpec(eject_after=2)}
    async with scripted(takes_its_time) as upstream:
        services = (service(upstream.port, **policy),)
        routes = (route("/p/*", timeout_seconds=2.8, retry_count=0), route())
        async with edge_gateway(*routes, services=services) as gateway, RawClient(gateway.port) as client:
            assert await asyncio.gather(*[slowly(gateway.port) for _ in range(3)]) == [504] * 3
            assert (await client.ask(get("/"))).status == 200
