"""Limits that machines count together, and what holds while Redis is away (G-343, R-12)."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import asynccontextmanager

import pytest

from proxy.metering.meters import NODE
from proxy.metering.series import key
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.redis_server import RedisServer
from tests.common.scripted_upstream import answering, ok, scripted

pytestmark = pytest.mark.redis
REMAINING = b"x-ratelimit-remaining"
RULES = {"rate_limit": {"rules": [{"by": "address", "limit": 30, "window_seconds": 60}]}}


@pytest.fixture
def server(tmp_path):
    with RedisServer(tmp_path) as running:
        yield running


@asynccontextmanager
async def node(server: RedisServer, *routes, **options):
    """A gateway that waits long for a slow test machine, unless told otherwise."""
    options = {"limit_redis_seconds": 5.0, **options}
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(*routes, services=(service(upstream.port),), redis_url=server.url, **options) as gateway,
    ):
        yield gateway


async def ask(gateway, *requests: bytes):
    async with RawClient(gateway.port) as client:
        return [await client.ask(request) for request in requests]


async def statuses(gateway, *requests: bytes) -> list[int]:
    return [answer.status for answer in await ask(gateway, *requests)]


async def back(gateway) -> None:
    """Waits until Redis counts again."""
    async with asyncio.timeout(30):
        while gateway.runtime.live.redis.connection is None:
            await asyncio.sleep(0.02)


def fallbacks(gateway) -> float:
    """As the exposition will have it."""
    return gateway.runtime.counters()[key(NODE, "limit_fallbacks")][0]


async def test_g343_two_machines_let_exactly_the_limit_through(server):
    limited = route(rate_limit_rpm=50, plugins=RULES)
    async with node(server, limited) as one, node(server, limited) as two:
        found = await asyncio.gather(*(statuses(gateway, get("/")) for gateway in (one, two) * 50))
        assert sorted(status for (status,) in found) == [200] * 30 + [429] * 70, "the tighter of both"
        one.configure(route(rate_limit_rpm=50), services=(one.runtime.snapshot.services["s"].spec,))
        left = await ask(one, *[get("/")] * 21)
        assert [answer.status for answer in left] == [200] * 20 + [429], "what the other refused was not counted"
        assert [int(answer.header(REMAINING)) for answer in left[:3]] == [19, 18, 17]
        assert fallbacks(one) == fallbacks(two) == 0


@pytest.mark.parametrize("end", ["kill", "hang"])
async def test_r12_without_redis_each_machine_counts_for_itself_and_returns_by_itself(server, end: str, caplog):
    caplog.set_level(logging.INFO, "gateway.state")
    async with node(server, route(rate_limit_rpm=3), limit_redis_seconds=0.5) as gateway:
        assert await statuses(gateway, *[get("/")] * 2) == [200, 200]
        getattr(server, end)()
        began = time.monotonic()
        found = await asyncio.gather(*(statuses(gateway, get("/")) for _ in range(20)))
        assert time.monotonic() - began < 9, "nobody waits for each request anew"
        assert sorted(status for (status,) in found) == [200] * 3 + [429] * 17, "the machine's own three"
        assert 0 < fallbacks(gateway) <= 20
        assert len(caplog.records) == 1
        if end == "kill":
            server.start()
        else:
            server.go_on()
        await back(gateway)
        before = fallbacks(gateway)
        wanted = 200 if end == "kill" else 429
        assert await statuses(gateway, get("/")) == [wanted], (
            "a killed one forgot, a hanging one read what had been sent"
        )
        assert fallbacks(gateway) == before
        assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]


async def test_g343_fallback_open_lets_through_without_fields(server):
    async with node(server, route(rate_limit_rpm=1), limit_fallback="open") as gateway:
        assert await statuses(gateway, get("/"), get("/")) == [200, 429]
        server.kill()
        found = await ask(gateway, *[get("/")] * 5)
        assert [(answer.status, answer.header(REMAINING)) for answer in found] == [(200, None)] * 5
        assert fallbacks(gateway) == 5


async def test_g343_fallback_closed_refuses_with_a_code_of_its_own(server):
    open_to_all = route("/free/*", rate_limit_rpm=None)
    limited, options = route("/limited/*", rate_limit_rpm=9), {"limit_fallback": "closed", "limit_redis_seconds": 0.5}
    async with node(server, limited, open_to_all, **options) as gateway:
        server.hang()
        (first, second, free) = await ask(gateway, get("/limited/x"), get("/limited/x"), get("/free/x"))
        assert (first.status, second.status, free.status) == (503, 503, 200)
        assert second.header(b"retry-after") == b"1"
        body = json.loads(second.body)
        assert (body["code"], body["content"]) == ("F50302", {})
        server.go_on()
        await back(gateway)
        assert await statuses(gateway, get("/limited/x")) == [200]


async def test_g343_a_machine_that_starts_without_redis_serves_and_joins_later(server):
    server.kill()
    async with node(server, route(rate_limit_rpm=2)) as gateway:
        assert await statuses(gateway, *[get("/")] * 3) == [200, 200, 429]
        server.start()
        await back(gateway)
        before = fallbacks(gateway)
        assert await statuses(gateway, *[get("/")] * 3) == [200, 200, 429]
        assert fallbacks(gateway) == before == 3


async def test_g346_a_refused_caller_asks_redis_nothing(server):
    guarded = route(requires_auth=True, rate_limit_rpm=1)
    async with node(server, guarded) as gateway:
        assert await statuses(gateway, get("/"), get("/"), get("/", bearer()), get("/", bearer())) == [
            401, 401, 200, 429,
        ]  # fmt: skip
