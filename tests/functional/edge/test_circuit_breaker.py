"""Circuit breakers on the real edge: what counts, who is asked, what the client is told (G-360, G-404)."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from proxy.breaker.rules import SERVICE, ByHand, board_key, decode
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted

NO_EJECTION = HealthSpec(eject_after=None)
POLICY = BreakerSpec(max_failures=3, interval_seconds=30.0, open_seconds=1.0)
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nbroken"


def guarded(*ports: int, policy: BreakerSpec = POLICY):
    return service(*ports, breaker=policy, health=NO_EJECTION)


def phases(gateway) -> dict[str, str]:
    """By name; the service's own is ``."""
    breakers = decode(gateway.runtime.live.board.read(board_key("s")))
    return {name: str(breaker.phase) for name, breaker in breakers.items()}


async def asked(client: RawClient, times: int = 1, request: bytes | None = None) -> list[int]:
    return [(await client.ask(request or get("/"))).status for _ in range(times)]


class Switch:
    """An upstream that answers with what it is told to."""

    def __init__(self, response: bytes = BROKEN) -> None:
        self.response = response
        self.requests = 0

    async def __call__(self, connection: Connection) -> None:
        while True:
            await connection.read_head()
            self.requests += 1
            await connection.send(self.response)


async def test_g360_it_opens_answers_f50301_with_retry_after_lets_one_probe_through_and_closes():
    switch = Switch()
    async with (
        scripted(switch) as upstream,
        edge_gateway(route(), services=(guarded(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 3) == [500] * 3, "an upstream's own answer passes through (G-403)"
        refused = await client.ask(get("/", "Accept-Language: zh-TW"))
        reply = json.loads(refused.body)
        assert (refused.status, reply["code"], refused.header(b"retry-after")) == (503, "F50301", b"1")
        assert reply["msg"] == "服務已熔斷，請1秒後重試"
        assert await asked(client, 5) == [503] * 5
        assert switch.requests == 3
        await asyncio.sleep(1.05)
        assert await asked(client, 3) == [500, 503, 503], "the probe failed: open again"
        switch.response = ok(b"well")
        await asyncio.sleep(1.05)
        assert await asked(client, 5) == [200] * 5
        assert phases(gateway) == {"": "closed", "i0": "closed"}


async def test_g360_an_open_instance_is_passed_over_and_the_service_goes_on():
    switch = Switch()
    async with (
        scripted(switch) as bad,
        scripted(echoing("good")) as good,
        edge_gateway(route(rate_limit_rpm=None), services=(guarded(bad.port, good.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        statuses = await asked(client, 30)
        assert (statuses.count(500), switch.requests) == (3, 3)
        assert phases(gateway)["i0"] == "open"
        assert phases(gateway).get("", "closed") == "closed", "a success between ends the row of the service"


@pytest.mark.parametrize("name", ["connect", "reset", "malformed", "timeout", "cut"])
async def test_g360_every_way_of_failing_counts(name):
    async def script(connection: Connection) -> None:
        await connection.read_head()
        if name == "malformed":
            await connection.send(b"SSH-2.0\r\n\r\n")
        elif name == "cut":
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        if name != "timeout":
            connection.reset()
        await connection.until_closed()

    only = route(retry_count=0, timeout_seconds=0.3)
    async with (
        scripted(script) as upstream,
        edge_gateway(only, services=(guarded(1 if name == "connect" else upstream.port),)) as gateway,
    ):
        for _ in range(3):
            async with RawClient(gateway.port) as client:
                await client.send(get("/"))
                await client.reader.read(65536)
        async with RawClient(gateway.port) as client:
            assert json.loads((await client.ask(get("/"))).body)["code"] == "F50301"


async def test_g360_answers_below_500_and_clients_that_leave_do_not_count():
    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            if b"/slow" in head:
                await connection.until_closed()
            await connection.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    async with scripted(script) as upstream, edge_gateway(route(), services=(guarded(upstream.port),)) as gateway:
        for _ in range(5):
            async with RawClient(gateway.port) as client:
                await client.send(get("/slow"))
                await asyncio.sleep(0.02)
        assert await is_at_rest(gateway)
        async with RawClient(gateway.port) as client:
            assert await asked(client, 5) == [404] * 5
        assert phases(gateway) == {}


async def test_g360_a_client_that_leaves_gives_its_probe_back():
    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            if b"/slow" in head:
                await connection.until_closed()
            await connection.send(BROKEN if b"/broken" in head else ok(b"well"))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(guarded(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 3, get("/broken")) == [500] * 3
        await asyncio.sleep(1.05)
        async with RawClient(gateway.port) as leaving:
            await leaving.send(get("/slow"))
            assert await eventually(lambda: phases(gateway) == {"": "half_open", "i0": "half_open"})
            assert await asked(client) == [503], "the one probe is out"
        assert await eventually(lambda: gateway.runtime.figures()["in_flight"] == 0)
        assert await asked(client, 2) == [200, 200]


@pytest.mark.parametrize("probes", [1, 3])
async def test_g360_half_open_lets_exactly_so_many_through_however_many_ask(probes):
    """Edge rule T7."""
    release = asyncio.Event()
    switch = Switch()

    async def script(connection: Connection) -> None:
        if switch.response is BROKEN:
            await switch(connection)
        while True:
            await connection.read_head()
            switch.requests += 1
            await release.wait()
            await connection.send(ok(b"well"))

    policy = BreakerSpec(max_failures=3, open_seconds=1.0, half_open_requests=probes)
    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(guarded(upstream.port, policy=policy),)) as g,
    ):
        async with RawClient(g.port) as client:
            assert await asked(client, 4) == [500, 500, 500, 503]
        switch.response, switch.requests = b"", 0
        upstream.connections[0].reset()
        await asyncio.sleep(1.05)

        async def one() -> int:
            async with RawClient(g.port) as client:
                return (await asked(client))[0]

        asking = [asyncio.create_task(one()) for _ in range(40)]
        assert await eventually(lambda: switch.requests + sum(task.done() for task in asking) == 40)
        assert (switch.requests, sum(task.done() for task in asking)) == (probes, 40 - probes)
        release.set()
        statuses = await asyncio.gather(*asking)
        assert sorted(statuses) == [200] * probes + [503] * (40 - probes)
        assert phases(g) == {"": "closed", "i0": "closed"}


async def test_g360_all_instances_open_is_f50301_no_instance_is_f50300():
    async with (
        edge_gateway(route(retry_count=0), services=(guarded(1, 2),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        board = gateway.runtime.live.board
        for name in ("i0", "i1"):
            board.change(board_key("s"), ByHand(name, "open"), time.monotonic())
        answer = await client.ask(get("/"))
        assert (json.loads(answer.body)["code"], answer.header(b"retry-after")) == ("F50301", b"1")
        gateway.configure(route(), services=(guarded(),))
        answer = await client.ask(get("/"))
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "F50300")


async def test_g360_opened_by_hand_it_stays_open_and_a_route_without_breakers_does_not_mind():
    routes = (route(), route("/free/*", "/*", circuit_breaker_enabled=False))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(*routes, services=(guarded(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        board = gateway.runtime.live.board
        board.change(board_key("s"), ByHand(SERVICE, "open"), time.monotonic())
        await asyncio.sleep(1.1)  # longer than it would stay open by itself
        assert await asked(client, 2) == [503, 503]
        assert await asked(client, 2, get("/free/x")) == [200, 200]
        board.change(board_key("s"), ByHand(SERVICE, "close"), time.monotonic())
        assert await asked(client, 2) == [200, 200]


async def test_g360_a_route_without_breakers_feeds_none():
    async with (
        edge_gateway(route(circuit_breaker_enabled=False, retry_count=0), services=(guarded(1),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 8) == [502] * 8
        assert phases(gateway) == {}


async def test_g360_the_service_counts_what_is_left_after_the_retries():
    """Each request meets the dead instance or the living one first, and always ends well."""
    policy = BreakerSpec(max_failures=4, open_seconds=30.0)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(guarded(1, upstream.port, policy=policy),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 20) == [200] * 20
        assert phases(gateway) == {"i0": "open"}


async def test_g360_requests_that_fail_together_while_others_go_well_do_not_open_the_service():
    """One of two instances falls silent with many requests at it; their time is over at the same moment."""
    silent = False

    async def script(connection: Connection) -> None:
        while True:
            await connection.read_head()
            if silent:
                await connection.until_closed()
            await connection.send(ok())

    policy = BreakerSpec(max_failures=3, open_seconds=30.0)
    patient = route(rate_limit_rpm=None, timeout_seconds=3.0, load_balance_strategy="round_robin")
    async with (
        scripted(script) as first,
        scripted(answering(ok())) as second,
        edge_gateway(patient, services=(guarded(first.port, second.port, policy=policy),)) as gateway,
    ):

        async def one() -> int:
            async with RawClient(gateway.port) as client:
                return (await asked(client))[0]

        silent = True
        statuses = await asyncio.gather(*(one() for _ in range(40)))
        assert (statuses.count(504), statuses.count(200)) == (20, 20)
        assert phases(gateway) == {"i0": "open"}
        assert [await one() for _ in range(10)] == [200] * 10


async def test_g360_an_error_rate_opens_it_where_successes_come_between():
    async def script(connection: Connection) -> None:
        for number in range(1000):
            await connection.read_head()
            await connection.send(BROKEN if number % 2 else ok())

    policy = BreakerSpec(max_failures=100, error_rate=0.5, min_requests=10)
    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(guarded(upstream.port, policy=policy),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 12) == [200, 500] * 5 + [503] * 2


async def test_g404_the_retry_budget_bounds_what_is_sent_again_and_then_the_failure_is_answered():
    hopeless = route(retry_count=3, circuit_breaker_enabled=False, rate_limit_rpm=None)
    attempts = 0

    async def dies(connection: Connection) -> None:
        nonlocal attempts
        await connection.read_head()
        attempts += 1
        connection.reset()

    async with (
        scripted(dies) as first,
        scripted(dies) as second,
        scripted(dies) as third,
        scripted(dies) as fourth,
        edge_gateway(
            hopeless,
            services=(service(first.port, second.port, third.port, fourth.port, health=NO_EJECTION),),
            retry_budget_floor=5,
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 100) == [502] * 100
        assert attempts == 100 + 20, "20 % of the requests"


async def test_g404_a_post_is_not_sent_again_by_way_of_a_probe():
    async def dies(connection: Connection) -> None:
        await connection.read_head()
        connection.reset()

    async with (
        scripted(dies) as upstream,
        edge_gateway(route(), services=(guarded(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert await asked(client, 3, post("/", b"b")) == [502] * 3
        assert len(upstream.connections) == 3
        await asyncio.sleep(1.05)
        assert await asked(client, 2, post("/", b"b")) == [502, 503]
        assert len(upstream.connections) == 4
