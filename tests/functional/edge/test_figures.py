"""What a worker counts of requests over the real edge (G-262)."""

from __future__ import annotations

import asyncio
import time

from proxy.breaker.rules import ByHand, board_key
from proxy.metering.meter import RouteFigures
from proxy.metering.series import key
from tests.common.edge_gateway import EdgeGateway, edge_gateway, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, ok, scripted


def figures(gateway: EdgeGateway, name: str) -> RouteFigures:
    return RouteFigures.of(gateway.runtime.counters()[key("route", name, "s")])


async def test_waiting_and_streaming_are_not_the_gateways_own_time() -> None:
    async def slow(connection: Connection) -> None:
        await connection.read_head()
        await asyncio.sleep(0.2)
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await asyncio.sleep(0.3)
        await connection.send(b"def")

    async with (
        scripted(slow) as upstream,
        edge_gateway(route(name="slow"), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/"))).body == b"abcdef"
        seen = figures(gateway, "slow")
    assert seen.seconds >= 0.49  # a timer may end a moment early
    assert 0.19 <= seen.upstream_seconds < seen.seconds - 0.29
    assert seen.own_seconds <= seen.seconds - seen.upstream_seconds - 0.29
    assert seen.bytes_out == 6


async def test_an_attempt_that_fails_is_the_instances_time_too() -> None:
    async def silent(connection: Connection) -> None:
        await connection.until_closed()

    late = route(name="late", timeout_seconds=0.3, retry_count=0)
    async with (
        scripted(silent) as upstream,
        edge_gateway(late, services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/"))).status == 504
        counters, seen = gateway.runtime.counters(), figures(gateway, "late")
    assert seen.upstream_seconds >= 0.29
    assert counters[key("failure", "s", "instance-0", "timeout")] == [1]
    assert counters[key("reply", "late", "s", "GET", "504", "F50400")] == [1]
    assert key("instance", "s", "instance-0") in counters


async def test_a_client_that_leaves_is_counted_and_its_wait_is_the_instances() -> None:
    async def silent(connection: Connection) -> None:
        await connection.until_closed()

    async with (
        scripted(silent) as upstream,
        edge_gateway(route(name="left"), services=(service(upstream.port),)) as gateway,
    ):
        async with RawClient(gateway.port) as client:
            client.writer.write(get("/"))
            assert await eventually(lambda: upstream.connections and upstream.connections[0].received)
            await asyncio.sleep(0.3)
        assert await eventually(lambda: key("route", "left", "s") in gateway.runtime.counters())
        seen = figures(gateway, "left")
        assert gateway.runtime.counters()[key("reply", "left", "s", "GET", "499", "client_gone")] == [1]
    assert 0.25 <= seen.upstream_seconds <= seen.seconds
    assert gateway.runtime.figures()["in_flight"] == 0


async def test_a_reload_keeps_the_counts() -> None:
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(name="kept"), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for _ in range(2):
            await client.ask(get("/"))
            gateway.configure(route(name="kept"), services=(service(upstream.port),))
        await client.ask(get("/"))
        assert figures(gateway, "kept").requests == 3


async def test_the_gauges_tell_of_connections_breakers_and_the_configuration() -> None:
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.ask(get("/"))
        before = gateway.runtime.gauges("worker-1")
        gateway.runtime.live.board.change(board_key("s"), ByHand("", "open"), time.monotonic())
        after = gateway.runtime.gauges("worker-1")
    assert before[key("client_connections")] == 1
    assert before[key("upstream_connections", "s", "instance-0", "idle")] == 1
    assert before[key("target_healthy", "s", "instance-0")] == before[key("healthy_instances")] == 1
    assert before[key("config_revision", "worker-1")] == gateway.runtime.revision
    assert (before[key("circuit_state", "s", "")], after[key("circuit_state", "s", "")]) == (0, 2)
    assert {type(value) for value in after.values()} <= {int, float}  # what the messages of a node may carry
