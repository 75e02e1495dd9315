"""Requests through the real edge to a real upstream: what arrives, what comes back (G-304, G-400…G-403, G-407)."""

from __future__ import annotations

import asyncio

import h11
import pytest

from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted


async def test_g304_the_matched_tail_reaches_the_upstream_byte_for_byte():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route("/api/v1/users/*", "/users/*"), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/api/v1/users/a%20b/%e4%B8%ad?q=%2F..//x;y&z=+&&%zz"))
        assert (answer.status, answer.body) == (200, b"hello")
        line = upstream.connections[0].received.split(b"\r\n")[0]
        assert line == b"GET /users/a%20b/%e4%B8%ad?q=%2F..//x;y&z=+&&%zz HTTP/1.1"


async def test_g401_the_upstream_learns_who_asked_and_hop_by_hop_fields_stay_behind():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        hop_by_hop = ("Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "TE: gzip")
        forged = ("X-Real-IP: 9.9.9.9", "X-Forwarded-For: 9.9.9.9", "X-User-ID: root", "x_user_id: root")
        await client.ask(get("/", *hop_by_hop, *forged))
        received = upstream.connections[0].received.lower()
        for gone in (b"x-hop", b"keep-alive:", b"\r\nte:", b"9.9.9.9", b"root"):
            assert gone not in received
        assert b"\r\nx-forwarded-for: 127.0.0.1\r\n" in received
        assert b"\r\nx-forwarded-proto: http\r\n" in received
        assert b"\r\nx-forwarded-host: gateway.test\r\n" in received
        assert b"\r\nhost: 127.0.0.1:%d\r\n" % upstream.port in received
        assert b"\r\nx-request-id: " in received
        assert b"\r\nvia: 1.1 api-gateway\r\n" in received
        assert b"\r\ntraceparent: 00-" in received


async def test_g107_preserve_host_keeps_the_clients_host():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(preserve_host=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/", host="shop.example:8080"))
        assert b"\r\nhost: shop.example:8080\r\n" in upstream.connections[0].received


@pytest.mark.parametrize(
    ("response", "status", "body"),
    [
        (b"HTTP/1.1 418 Short And Stout\r\nContent-Length: 2\r\n\r\nhi", 418, b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", 304, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200, b"abcde"),
        (b"HTTP/1.1 503 Mine\r\nContent-Length: 4\r\n\r\nfull", 503, b"full"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00", 200, b"\x1f\x8b\x00"),
    ],
)
async def test_g400_g403_answers_come_back_unchanged(response, status, body):
    async with (
        scripted(answering(response)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            answer = await client.ask(get("/"))
            assert (answer.status, answer.body) == (status, body)
            assert answer.reason == response.split(b"\r\n")[0].split(b" ", 2)[2]
        assert len(upstream.connections) == 1, "the upstream connection is kept"


async def test_g400_an_answer_that_ends_with_the_close_is_whole():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.0 200 OK\r\n\r\nall of it")

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            assert (await client.ask(get("/"))).body == b"all of it"


async def test_g400_several_set_cookie_stay_apart_and_in_order():
    response = ok(b"", b"Set-Cookie: a=1; Path=/", b"Set-Cookie: b=2", b"Connection: close, X-Mine", b"X-Mine: 1")
    async with (
        scripted(answering(response)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/"))
        assert [value for name, value in answer.headers if name == b"set-cookie"] == [b"a=1; Path=/", b"b=2"]
        assert answer.header(b"x-mine") is None
        assert answer.header(b"date") is not None


async def test_g400_head_keeps_the_length_and_has_no_body():
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
    async with (
        scripted(answering(response)) as upstream,
        edge_gateway(route(methods=("GET",)), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            answer = await client.ask(get("/").replace(b"GET", b"HEAD"), b"HEAD")
            assert (answer.status, answer.header(b"content-length"), answer.body) == (200, b"1234", b"")


async def test_g400_early_hints_and_trailers_pass():
    response = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
        b"2\r\nhi\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n"
    )
    async with (
        scripted(answering(response)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        raw = await client.reader.readuntil(b"X-Sum: 7\r\n\r\n".lower())
        assert raw.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert b"evil" not in raw


@pytest.mark.parametrize("size", [1, 1000, 65_536, 65_537, 3_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_g407_bodies_of_any_size_go_up_and_come_down(size, chunked):
    body = bytes(range(256)) * (size // 256) + bytes(size % 256)
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            if chunked:
                parts = [body[at : at + 50_000] for at in range(0, size, 50_000)]
                data = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
                message = b"POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + data
            else:
                message = post("/up", body)
            sending = asyncio.create_task(client.send(message))
            answer = await client.answer(b"POST")
            await sending
            assert answer.status == 200
            assert answer.body == b"one POST /up " + body


async def test_f14_a_client_that_waits_is_invited_once_and_only_when_the_body_is_wanted():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(
            route(), route("/closed", "/closed", requires_auth=True), services=(service(upstream.port),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert await client.reader.readexactly(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"abc")
        assert (await client.answer(b"POST")).body == b"one POST / abc"
        await client.send(b"POST /closed HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        answer = await client.answer(b"POST")
        assert (answer.status, answer.informational) == (401, [])
        assert await client.is_closed()


async def test_f14_another_expectation_fails():
    async with edge_gateway(route(), services=(service(),)) as gateway, RawClient(gateway.port) as client:
        assert (await client.ask(get("/", "Expect: miracles"))).status == 417


async def test_f16_pipelined_requests_are_answered_in_order():
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/1") + post("/2", b"two") + get("/3"))
        assert [(await client.answer()).body for _ in range(3)] == [b"one GET /1 ", b"one POST /2 two", b"one GET /3 "]


async def test_http_1_0_clients_are_served_and_told_the_end_by_a_close():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(chunked)
        await asyncio.sleep(0.05)
        await connection.send(b"0\r\n\r\n")

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/", version="1.0"))
        raw = await client.reader.read()
        assert raw.endswith(b"\r\n\r\nabc")
        assert b"transfer-encoding" not in raw


async def test_g407_server_sent_events_arrive_one_by_one():
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for n in range(3):
            await connection.send(b"9\r\ndata: %d\n\n\r\n" % n)
            await go_on.wait()
            go_on.clear()
        await connection.send(b"0\r\n\r\n")

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        for n in range(3):
            await asyncio.wait_for(client.reader.readuntil(b"data: %d\n\n" % n), 30)
            go_on.set()


async def test_g407_t2_a_client_that_leaves_cancels_the_upstream_call_within_a_second():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.until_closed()

    never = route(timeout_seconds=60)
    async with scripted(script) as upstream, edge_gateway(never, services=(service(upstream.port),)) as gateway:
        async with RawClient(gateway.port) as client:
            await client.send(get("/"))
            while not upstream.connections:
                await asyncio.sleep(0.01)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert gateway.runtime.live.open_connections() == 0


async def test_t5_a_slow_reader_slows_the_upstream_and_memory_stays_bounded():
    sent = 0

    async def script(connection: Connection) -> None:
        nonlocal sent
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n")
        while sent < 64 * 2**20:
            await connection.send(b"x" * 65536)
            sent += 65536

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(get("/"))
        await client.reader.read(1)
        await asyncio.sleep(0.3)
        assert sent < 8 * 2**20, "bounded kernel buffers and two high-water marks, not the whole answer"


async def test_f11_an_answer_cut_short_is_never_made_to_look_whole():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        with pytest.raises((h11.RemoteProtocolError, ConnectionError)):
            await client.ask(get("/"))


async def test_f12_bytes_after_an_answer_end_the_upstream_connection():
    async with scripted(answering(ok(b"a") + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")) as upstream:
        async with edge_gateway(route(), services=(service(upstream.port),)) as gateway:
            for _ in range(3):
                async with RawClient(gateway.port) as client:
                    assert (await client.ask(get("/"))).body == b"a"
        assert len(upstream.connections) == 3


async def test_an_upstream_may_answer_before_it_has_taken_the_body():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        await connection.until_closed()

    async with (
        scripted(script) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 1000)
        answer = await client.answer(b"POST")
        assert (answer.status, answer.header(b"connection")) == (403, b"close")
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_g322_identity_headers_come_from_the_token_alone():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(requires_auth=True), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/", bearer("anna", permissions=["b", "a"]), "X-Permissions: all", "X-Consumer: boss"))
        received = upstream.connections[0].received.lower()
        assert b"\r\nx-user-id: anna\r\n" in received
        assert b"\r\nx-permissions: a,b\r\n" in received
        assert b"x-consumer" not in received
