"""What the edge refuses before anybody looks at it (G-408, H10, T1, F7), over a raw socket."""

from __future__ import annotations

import asyncio

import pytest

from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, echoing, ok, scripted

CANARY = get("/canary")

SMUGGLED = {
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "folded field": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "bare line feed": b"GET / HTTP/1.1\nHost: x\n\n",
    "bare carriage return": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
    "space before colon": b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
    "nul in value": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "bad host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "host with path": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "other host in target": b"GET http://evil/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "user in target": b"GET http://a@x/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "other scheme": b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "chunk size with sign": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
    "chunk without end": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_g408_a_smuggling_attempt_ends_the_connection(name):
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(SMUGGLED[name] + CANARY)
        answer = await client.answer()
        assert answer.status == 400
        assert answer.header(b"connection") == b"close"
        assert await client.is_closed()
        assert all(b"canary" not in connection.received for connection in upstream.connections)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        (get("/" + "a" * 9000), 414),
        (get("/", *[f"A{n}: b" for n in range(101)]), 431),
        (get("/", "A: " + "b" * 66_000), 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
async def test_h10_f3_each_refusal_has_its_status(request_bytes, status):
    async with edge_gateway(route(), services=(service(),)) as gateway, RawClient(gateway.port) as client:
        assert (await client.ask(request_bytes)).status == status
        assert await client.is_closed()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n" + get("/"),
        get("http://gateway.test/"),
        get("/", "A:", "B: \t c \t", "C: \xff\xfe"),
        get("/", host=""),
        get("/", host="[::1]:80"),
        get("/", host="a_b.example"),
        b"REPORT / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        get("/a:b@c,d=e+f$g!h'i(j)k*l?m=n/o?p"),
        get("/%E4%B8%AD%C3%A9"),
    ],
)
async def test_what_is_valid_is_served(request_bytes):
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(request_bytes)).status == 200


async def test_t1_a_head_that_does_not_come_is_timed_out():
    async with edge_gateway(header_timeout_seconds=0.3, services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHo")
        assert (await client.answer()).status == 408
        assert await client.is_closed()


async def test_t1_a_head_sent_drop_by_drop_gets_no_more_time():
    async with edge_gateway(header_timeout_seconds=0.5, services=()) as gateway, RawClient(gateway.port) as client:

        async def drip() -> None:
            for byte in get("/" + "a" * 100):
                await client.send(bytes((byte,)))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        assert (await client.answer()).status == 408
        dripping.cancel()


async def test_t1_an_idle_connection_is_closed_without_a_word():
    async with edge_gateway(header_timeout_seconds=0.3, services=()) as gateway, RawClient(gateway.port) as client:
        assert await asyncio.wait_for(client.reader.read(), 8) == b""


async def test_t1_a_body_that_stops_coming_is_timed_out():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(
            route(timeout_seconds=60), services=(service(upstream.port),), body_timeout_seconds=0.3
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
        assert (await client.answer()).status == 408
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_f7_a_connection_with_an_unread_body_is_not_used_again():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + CANARY)
        answer = await client.answer()
        assert (answer.status, answer.header(b"connection")) == (404, b"close")
        assert await client.is_closed()


async def test_f7_a_small_unread_body_is_drained_and_the_connection_kept():
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        for _ in range(3):
            answer = await client.ask(b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            assert (answer.status, answer.header(b"connection")) == (404, None)


async def test_one_connection_too_many_is_told_so():
    async with (
        edge_gateway(services=(), max_connections=2) as gateway,
        RawClient(gateway.port) as one,
        RawClient(gateway.port) as two,
    ):
        await one.ask(get("/"))
        await two.ask(get("/"))
        async with RawClient(gateway.port) as three:
            assert (await three.answer()).status == 503
        assert (await one.ask(get("/"))).status == 404


async def test_t8_draining_finishes_what_runs_and_closes_what_is_idle():
    go_on = asyncio.Event()

    async def script(connection):
        await connection.read_head()
        await go_on.wait()
        await connection.send(ok(b"finished"))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as busy,
        RawClient(gateway.port) as idle,
    ):
        await busy.send(get("/"))
        while not upstream.connections:
            await asyncio.sleep(0.01)
        draining = asyncio.create_task(gateway.server.drain(5))
        assert await idle.is_closed()
        go_on.set()
        answer = await busy.answer()
        assert (answer.body, answer.header(b"connection")) == (b"finished", b"close")
        await draining
        assert gateway.server.open_connections == 0
