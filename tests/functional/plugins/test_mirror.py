"""Copies of requests: whole, marked, bounded, and of no consequence for the request itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from proxy.forwarding.mirrors import AT_ONCE
from proxy.stages import mirror
from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, ask_all, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted

CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
)


@asynccontextmanager
async def mirrored(shadow_script=None, config=None, **fields):
    """A gateway whose route copies to the service `shadow`; gives gateway, upstream and shadow."""
    plugins = {"mirror": {"service": "shadow", **(config or {})}, **fields.pop("plugins", {})}
    async with scripted(echoing("up")) as up, scripted(shadow_script or echoing("shadow")) as shadow:
        services = (service(up.port), service(shadow.port, id="m", name="shadow"))
        spec = route(plugins=plugins, rate_limit_rpm=None, **fields)
        async with edge_gateway(spec, services=services) as gateway:
            yield gateway, up, shadow


async def settled(gateway, **counted: int) -> dict[str, int]:
    """The counters of copies once they are as expected, or after two seconds."""
    counts = gateway.runtime.live.meters.counts
    for _ in range(200):
        if all(counts.get(f"mirrors_{name}", 0) == count for name, count in counted.items()):
            break
        await asyncio.sleep(0.01)
    return {name: counts.get(f"mirrors_{name}", 0) for name in counted}


def received(upstream) -> bytes:
    return b"".join(connection.received for connection in upstream.connections)


@pytest.mark.parametrize(
    "request_bytes", [get("/a?b=1"), post("/a?b=1", b"abcdef"), CHUNKED], ids=["none", "announced", "chunked"]
)
async def test_the_mirror_gets_what_the_instance_gets_and_a_mark(request_bytes: bytes):
    async with mirrored() as (gateway, up, shadow):
        (found,) = await ask_all(gateway.port, request_bytes)
        assert found.body.startswith(b"up ")
        assert await settled(gateway, sent=1) == {"sent": 1}
        head, _, body = received(up).partition(b"\r\n\r\n")
        copied_head, _, copied_body = received(shadow).partition(b"\r\n\r\n")
        lines = [line for line in copied_head.split(b"\r\n") if not line.startswith((b"x-mirrored", b"host"))]
        assert lines == [line for line in head.split(b"\r\n") if not line.startswith(b"host")]
        assert b"x-mirrored: 1" in copied_head.split(b"\r\n")
        assert b"x-mirrored" not in head
        assert copied_body == body.replace(b"3\r\nabc\r\n3\r\ndef", b"6\r\nabcdef"), "the same bytes, in one piece"
        assert await is_at_rest(gateway)


async def test_the_copy_follows_other_plugins_and_names_the_caller():
    plugins = {"path_rewrite": {"prefix": {"add": "/v2"}}, "change_headers": {"request": {"set": {"x-a": "1"}}}}
    async with mirrored(plugins=plugins, requires_auth=True) as (gateway, _up, shadow):
        await ask_all(gateway.port, get("/x", bearer("u7")))
        await settled(gateway, sent=1)
        assert received(shadow).startswith(b"GET /v2/x HTTP/1.1\r\n")
        assert b"\r\nx-a: 1\r\n" in received(shadow)
        assert b"\r\nx-user-id: u7\r\n" in received(shadow)


async def test_a_copy_is_not_copied_again():
    async with mirrored() as (gateway, _up, shadow):
        await ask_all(gateway.port, get("/", "X-Mirrored: 1"), get("/"))
        assert await settled(gateway, sent=1) == {"sent": 1}
        assert received(shadow).count(b"GET ") == 1


async def silent(connection: Connection) -> None:
    await connection.until_closed()


async def test_a_mirror_that_says_nothing_delays_nobody_and_is_given_up():
    async with mirrored(silent, {"timeout_seconds": 0.3}) as (gateway, _up, _shadow):
        found = await ask_all(gateway.port, *[get("/")] * 5)
        assert [one.status for one in found] == [200] * 5
        assert await settled(gateway, failed=5) == {"failed": 5}
        assert await is_at_rest(gateway)


async def test_no_more_copies_are_under_way_than_the_bound():
    async with mirrored(silent, {"timeout_seconds": 30}) as (gateway, _up, shadow):
        found = await ask_all(gateway.port, *[get("/")] * (AT_ONCE + 6))
        assert {one.status for one in found} == {200}
        assert await settled(gateway, dropped=6) == {"dropped": 6}
        assert gateway.runtime.live.mirrors.under_way == AT_ONCE
        assert len(shadow.connections) <= AT_ONCE


async def test_a_mirror_that_cannot_be_reached_or_breaks_off_harms_nobody():
    async def breaking(connection: Connection) -> None:
        await connection.read_head()
        connection.reset()

    async with mirrored(breaking) as (gateway, _up, shadow):
        (broken,) = await ask_all(gateway.port, get("/"))
        await shadow.stop()
        (unreachable,) = await ask_all(gateway.port, get("/"))
        assert (broken.status, unreachable.status) == (200, 200)
        assert await settled(gateway, failed=2, sent=0) == {"failed": 2, "sent": 0}


@pytest.mark.parametrize("request_bytes", [post("/", b"abcdef"), CHUNKED], ids=["announced", "chunked"])
async def test_a_body_over_the_bound_is_not_copied_and_goes_up_whole(request_bytes: bytes):
    async with mirrored(config={"max_body_bytes": 5}) as (gateway, _up, shadow):
        (found,) = await ask_all(gateway.port, request_bytes)
        assert found.body == b"up POST / abcdef"
        assert await settled(gateway, dropped=1) == {"dropped": 1}
        assert shadow.connections == []


async def test_without_an_instance_copies_are_dropped_and_an_unknown_service_breaks_the_route():
    plugins = {"mirror": {"service": "shadow"}}
    async with (
        scripted(answering(ok())) as up,
        edge_gateway(
            route("/a/*", plugins=plugins), route("/b/*", plugins={"mirror": {"service": "gone"}}),
            services=(service(up.port), service(id="m", name="shadow")),
        ) as gateway,
    ):  # fmt: skip
        found = await ask_all(gateway.port, get("/a/x"), get("/b/x"))
        assert [one.status for one in found] == [200, 500]
        assert await settled(gateway, dropped=1) == {"dropped": 1}


async def test_what_the_instance_is_refused_the_mirror_does_not_get():
    """A client that leaves in the middle of its body."""
    async with mirrored() as (gateway, _up, shadow):
        async with RawClient(gateway.port) as client:
            await client.send(post("/", b"abcdef")[:-3])
            await asyncio.sleep(0.1)
        assert await is_at_rest(gateway)
        assert shadow.connections == []


def test_the_share_is_of_the_numbers_drawn():
    class Nothing:
        fields, length = {}, 10**9

    class Parts:
        services = {"shadow": None}
        live = type(
            "Live", (), {"mirrors": type("M", (), {"has_room": True, "drop": lambda self: dropped.append(1)})()}
        )

    dropped: list[int] = []
    numbers = iter([0.0, 0.249, 0.25, 0.9])
    spec = route(plugins={"mirror": {"service": "shadow", "percent": 25}})
    Parts.services = {"shadow": object()}
    decide = mirror.fold(spec, Parts, lambda: next(numbers))
    exchange = type("E", (), {"request": Nothing})
    for _ in range(4):
        decide(exchange)
    assert len(dropped) == 2
