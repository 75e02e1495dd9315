"""R-07: nobody is given another's answer, whoever leaves and whatever breaks; nothing is left (C1, C2, T2, F16)."""

from __future__ import annotations

import asyncio
import random

from benchmarks.reliability.leaving_clients import Found, ask_and_leave
from benchmarks.reliability.marking_upstream import answer
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service, token
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, scripted

USERS = [f"user-{number:02}" for number in range(50)]
ANSWERS = 1_500
GUARDED = {"requires_auth": True, "rate_limit_rpm": None}
ROUTES = (
    route("/mine/*", "/mine/*", cache_enabled=True, **GUARDED),
    route("/own/*", "/own/*", **GUARDED),
    route("/slow/*", "/slow/*", **GUARDED),
)
NEVER_GIVEN_UP = {"breaker": BreakerSpec(max_failures=10_000), "health": HealthSpec(eject_after=None)}


async def marking(connection: Connection) -> None:
    while True:
        head = (await connection.read_head()).decode()
        path = head.split(" ")[1]
        if path.startswith("/slow/"):
            await connection.until_closed()
            return
        await connection.send(answer(head, path, int(path.rpartition("/")[2])))


async def test_r07_no_answer_carries_anothers_marker_and_nothing_stays_behind():
    async with scripted(marking) as upstream:
        services = (service(upstream.port, **NEVER_GIVEN_UP),)
        async with edge_gateway(*ROUTES, services=services, upstream_max_connections=20) as gateway:
            tasks_before = len(asyncio.all_tasks())
            found = Found()
            asking = [
                asyncio.create_task(
                    ask_and_leave(
                        gateway.port, user, token(user), found, random.Random(user), lambda: found.answers < ANSWERS
                    )
                )
                for user in USERS
            ]
            for broken in range(1, 4):
                while found.answers < ANSWERS * broken // 4:
                    await asyncio.sleep(0.01)
                for connection in upstream.connections:
                    connection.reset()
            await asyncio.gather(*asking)
            assert not found.mixed_up
            assert found.left > 20
            assert found.hits
            assert set(found.statuses) <= {0, 200, 502}
            assert await is_at_rest(gateway)
            upstream_tasks = sum(not connection.ended.is_set() for connection in upstream.connections)
            assert len(asyncio.all_tasks()) - upstream_tasks <= tasks_before + 5


async def test_t2_r07_the_upstream_sees_every_client_that_leaves_a_waiting_request():
    async with (
        scripted(marking) as upstream,
        edge_gateway(*ROUTES, services=(service(upstream.port),)) as gateway,
    ):
        for number in range(20):
            async with RawClient(gateway.port) as client:
                await client.send(get(f"/slow/{number}", bearer()))
                while len(upstream.connections) <= number:
                    await asyncio.sleep(0.005)
                if number % 2:
                    client.writer.transport.abort()
            await asyncio.wait_for(upstream.connections[number].ended.wait(), 10)
