"""A request that is answered where its bytes arrive, and all the ways in which it may turn out to need patience."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import suppress

import pytest

from proxy.exchange import Exchange
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, scripted

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def counted(gateway) -> dict[tuple[str, int, str], int]:
    """How the requests of the one route ended."""
    return next(iter(gateway.runtime.snapshot.compiled.values())).meter.replies


async def answering_once(connection: Connection) -> None:
    """The first request; about every other one it is silent."""
    await connection.read_head()
    await connection.send(OK)
    await connection.until_closed()


async def piecemeal(connection: Connection) -> None:
    """Each answer in three pieces, the first in the middle of the head."""
    while True:
        await connection.read_head()
        for piece in (OK[:20], OK[20:-2], OK[-2:]):
            await connection.send(piece)
            await asyncio.sleep(0.01)


async def test_an_answer_in_pieces_is_whole_for_the_client():
    async with (
        scripted(piecemeal) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(3):
            assert (await client.ask(get("/"))).body == b"hello"
        assert len(upstream.connections) == 1


@pytest.mark.parametrize("first", [1, 3, 4, len(get("/")) - 1])
async def test_a_head_in_pieces_is_one_request(first):
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            await client.send(get("/")[:first])
            await asyncio.sleep(0.01)
            assert (await client.ask(get("/")[first:])).body == b"hello"
        assert upstream.connections[0].received.count(b"GET / ") == 2


async def test_requests_that_come_while_one_is_served_are_answered_in_their_order():
    release = asyncio.Event()

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            if b"GET /slow" in head:
                await release.wait()
            path = head.split(b" ")[1]
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/first"))
        await client.send(get("/slow"))
        while upstream.connections[0].received.count(b"GET /slow") == 0:
            await asyncio.sleep(0.005)
        await client.send(get("/next") + post("/last", b"abc")[:-3])
        release.set()
        assert [(await client.answer()).body for _ in range(2)] == [b"/slow", b"/next"]


async def test_a_connection_that_breaks_while_nobody_waits_is_retried_elsewhere():
    async def leaving(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(OK)
        await connection.read_head()
        connection.reset()

    async with (
        scripted(leaving) as one,
        scripted(answering(OK)) as two,
        edge_gateway(route(retry_count=2), services=(service(one.port, two.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answers = [await client.ask(get("/")) for _ in range(4)]
        assert [answer.status for answer in answers] == [200] * 4
        assert counted(gateway) == {("GET", 200, "ok"): 4}


async def test_an_instance_that_never_answers_ends_with_the_routes_time():
    async with (
        scripted(answering_once) as upstream,
        edge_gateway(route(timeout_seconds=0.3, retry_count=0), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/"))).status == 200
        assert (await client.ask(get("/"))).status == 504


async def test_t2_a_client_that_leaves_while_nobody_waits_takes_the_upstream_connection_with_it():
    async with (
        scripted(answering_once) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            await client.send(get("/second"))
            while b"GET /second" not in upstream.connections[0].received:
                await asyncio.sleep(0.005)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 5)
        assert await is_at_rest(gateway)
        assert counted(gateway) == {("GET", 200, "ok"): 1, ("GET", 499, "client_gone"): 1}


@pytest.mark.parametrize("turns", [2, 5])
async def test_g380_each_instance_has_its_turn_whether_or_not_a_connection_lies_idle(turns):
    async with (
        scripted(answering(OK)) as one,
        scripted(answering(OK)) as two,
        edge_gateway(route(), services=(service(one.port, two.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2 * turns):
            await client.ask(get("/"))
        heads = [b"".join(c.received for c in upstream.connections).count(b"GET / ") for upstream in (one, two)]
        assert heads == [turns, turns]


async def test_p1_the_fields_of_one_request_are_never_those_of_another():
    """What is kept of a head serves only the next one with the very same fields."""
    sent = [("X-One: 1",), ("X-One: 1",), ("X-One: 2",), (), ("Connection: x-one", "X-One: 3"), ("X-One: 1",)]
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for number, fields in enumerate(sent):
            await client.ask(get(f"/{number}", *fields, host="h"))
        heads = upstream.connections[0].received.split(b"\r\n\r\n")[:-1]
    assert [head.split(b" ")[1] for head in heads] == [b"/%d" % number for number in range(len(sent))]
    values = [[line for line in head.split(b"\r\n") if line.startswith(b"x-one")] for head in heads]
    assert values == [[b"x-one: 1"], [b"x-one: 1"], [b"x-one: 2"], [], [], [b"x-one: 1"]]


@pytest.mark.parametrize("kind", ["answered at once", "answered in pieces", "refused", "failed"])
async def test_a_request_leaves_no_ring_of_objects_to_the_garbage_collector(kind):
    asked = route(requires_auth=kind == "refused")
    async with (
        scripted(piecemeal if kind == "answered in pieces" else answering(OK)) as upstream,
        edge_gateway(asked, services=(service(*[upstream.port][: kind != "failed"]),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                await client.ask(get("/"))
            assert sum(type(each) is Exchange for each in gc.get_objects()) == 0
        finally:
            gc.enable()


async def broken(connection: Connection) -> None:
    await connection.read_head()
    connection.reset()


async def cut(connection: Connection) -> None:
    await connection.read_head()
    await connection.send(OK[:-1])


async def silent(connection: Connection) -> None:
    await connection.until_closed()


@pytest.mark.parametrize("script", [broken, cut, silent])
@pytest.mark.parametrize("retries", [0, 2])
async def test_a_request_whose_instance_fails_leaves_no_ring_of_objects_either(script, retries):
    """They would hold its client's connection and whatever was read, for hours where little else is made."""
    policy = {"breaker": BreakerSpec(max_failures=1000), "health": HealthSpec(eject_after=None)}
    asked = route(timeout_seconds=0.2, retry_count=retries)
    async with (
        scripted(script) as upstream,
        edge_gateway(asked, services=(service(upstream.port, **policy),)) as gateway,
    ):
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                async with RawClient(gateway.port) as client:
                    await client.send(get("/", "Connection: close"))
                    with suppress(ConnectionResetError):
                        await asyncio.wait_for(client.reader.read(), 20)
            assert await is_at_rest(gateway)
            assert sum(type(each) is Exchange for each in gc.get_objects()) == 0
        finally:
            gc.enable()


def breaking(*_: object) -> int:
    raise RuntimeError("a mistake of our own")


async def test_a_request_that_could_not_be_written_is_a_500_and_nothing_is_kept(monkeypatch):
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            with monkeypatch.context() as patched:
                patched.setattr("proxy.transport.upstream.UpstreamConnection.write", breaking)
                assert (await client.ask(get("/"))).status == 500
            assert (await client.ask(get("/"))).body == b"hello"
        assert await is_at_rest(gateway)
        assert counted(gateway) == {("GET", 200, "ok"): 2, ("GET", 500, "F50000"): 1}


async def test_a_mistake_before_the_answer_is_passed_on_is_a_500_and_nothing_is_kept(monkeypatch):
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            with monkeypatch.context() as patched:
                patched.setattr("proxy.forwarding.underway.announced", breaking)
                assert (await client.ask(get("/"))).status == 500
            assert (await client.ask(get("/"))).body == b"hello"
        assert await is_at_rest(gateway)
        assert counted(gateway) == {("GET", 200, "ok"): 2, ("GET", 500, "F50000"): 1}


async def test_a_mistake_after_the_answer_was_passed_on_ends_the_connection_and_nothing_is_kept(monkeypatch):
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            monkeypatch.setattr("proxy.forwarding.underway.answered", breaking)
            await client.send(get("/"))
            assert await client.is_closed()
        assert await is_at_rest(gateway)


async def test_a_record_that_cannot_be_written_keeps_no_client_from_its_next_request(monkeypatch):
    async with (
        scripted(answering(OK)) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            with monkeypatch.context() as patched:
                patched.setattr(gateway.runtime.observe, "_log", None)
                assert (await client.ask(get("/"))).body == b"hello"
            assert (await client.ask(get("/"))).body == b"hello"
        assert await is_at_rest(gateway)


def holding(release: asyncio.Event | None = None):
    """Answers at once, but what is asked for `/held` only after `release`, or never."""

    async def script(connection: Connection) -> None:
        while True:
            if b"GET /held" in await connection.read_head():
                await (release.wait() if release is not None else connection.until_closed())
            await connection.send(OK)

    return script


async def until_held(upstream) -> None:
    while b"GET /held" not in upstream.connections[0].received:
        await asyncio.sleep(0.005)


async def test_t8_a_request_for_whose_answer_nobody_waits_is_answered_and_told_to_close():
    release = asyncio.Event()
    async with (
        scripted(holding(release)) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        await client.send(get("/held"))
        await until_held(upstream)
        draining = asyncio.create_task(gateway.server.drain(30))
        while not any(connection.closing for connection in gateway.server._connections):
            await asyncio.sleep(0.005)
        release.set()
        answer = await client.answer()
        assert (answer.body, answer.header(b"connection")) == (b"hello", b"close")
        assert await client.is_closed()
        await asyncio.wait_for(draining, 20)


async def test_t8_one_that_is_not_answered_in_time_is_ended_and_nothing_is_kept():
    async with (
        scripted(holding()) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        await client.send(get("/held"))
        await until_held(upstream)
        await asyncio.wait_for(gateway.server.drain(0.1), 20)
        assert gateway.runtime.figures()["in_flight"] == 0
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert await is_at_rest(gateway)
        assert counted(gateway) == {("GET", 200, "ok"): 1, ("GET", 499, "client_gone"): 1}


@pytest.mark.parametrize("leaves_first", [False, True])
async def test_t2_a_client_that_leaves_in_the_moment_in_which_the_task_takes_over_is_counted_once(leaves_first):
    """The first piece of the answer and the end of the client's connection come in one turn of the loop."""
    async with (
        scripted(holding()) as upstream,
        edge_gateway(route(timeout_seconds=60), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        await client.send(get("/held"))
        await until_held(upstream)
        (theirs,) = gateway.server._connections
        (ours,) = (one for one in gateway.runtime.live.deadlines._watched if getattr(one, "answering", None))
        if leaves_first:
            theirs.abort()
        ours.data_received(OK[:20])
        if not leaves_first:
            theirs.abort()
        assert await is_at_rest(gateway)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)
        assert counted(gateway) == {("GET", 200, "ok"): 1, ("GET", 499, "client_gone"): 1}


async def test_t5_a_client_that_takes_nothing_is_asked_for_nothing_more_and_still_gets_all():
    size = 60_000
    large = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    async with (
        scripted(answering(large)) as upstream,
        edge_gateway(route(rate_limit_rpm=None), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.writer.transport.pause_reading()
        await client.send(get("/"))
        while not gateway.server._connections:
            await asyncio.sleep(0.005)
        (theirs,) = gateway.server._connections
        sent = held = 1
        while sent < 300 and held < 50:
            if theirs._is_resting or theirs.is_congested:
                held += theirs.is_congested
                await client.send(get("/"))
                sent += 1
            await asyncio.sleep(0.002)
            assert theirs.transport.get_write_buffer_size() <= 256 * 1024 + len(large) + 1000
        assert held == 50, "the client's kernel has taken it all"
        client.writer.transport.resume_reading()
        for _ in range(sent):
            assert len((await client.answer()).body) == size
