"""Strategies that depend on the request or on how instances answer (G-380), on the real edge."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted


async def upstreams(stack: AsyncExitStack, *names: str) -> list:
    return [await stack.enter_async_context(scripted(echoing(name))) for name in names]


async def answered_by(client: RawClient, *fields: str, path: str = "/") -> str:
    answer = await client.ask(get(path, *fields))
    assert answer.status == 200
    return answer.header(b"x-upstream").decode()


async def test_g380_hash_by_header_keeps_a_tenant_at_its_instance_and_moves_only_those_of_one_that_leaves():
    hashed = route(load_balance_strategy="hash", hash_key="header:X-Tenant")
    async with AsyncExitStack() as stack:
        ports = [one.port for one in await upstreams(stack, "i0", "i1", "i2")]
        gateway = await stack.enter_async_context(edge_gateway(hashed, services=(service(*ports),)))
        client = await stack.enter_async_context(RawClient(gateway.port))
        tenants = [f"X-Tenant: t{number}" for number in range(30)]
        first = [await answered_by(client, tenant) for tenant in tenants]
        assert set(first) == {"i0", "i1", "i2"}
        assert [await answered_by(client, tenant, path="/other") for tenant in tenants] == first
        gateway.configure(hashed, services=(service(*ports[:2]),))
        after = [await answered_by(client, tenant) for tenant in tenants]
        assert all(new == old for old, new in zip(first, after, strict=True) if old != "i2")
        assert len({await answered_by(client) for _ in range(6)}) == 1, "without the header: by address"


async def test_g380_hash_by_user_on_a_route_that_knows_its_callers():
    hashed = route(load_balance_strategy="hash", requires_auth=True)
    async with AsyncExitStack() as stack:
        ports = [one.port for one in await upstreams(stack, "i0", "i1")]
        gateway = await stack.enter_async_context(edge_gateway(hashed, services=(service(*ports),)))
        client = await stack.enter_async_context(RawClient(gateway.port))
        for user in ("u1", "u2", "u3"):
            assert len({await answered_by(client, bearer(user, n=n)) for n in range(4)}) == 1
        assert len({await answered_by(client, bearer(f"u{number}")) for number in range(20)}) == 2


async def test_g380_a_retry_of_a_hashed_request_finds_the_next_instance():
    hashed = route(load_balance_strategy="hash", hash_key="query:k")
    async with AsyncExitStack() as stack:
        (alive,) = await upstreams(stack, "alive")
        gateway = await stack.enter_async_context(edge_gateway(hashed, services=(service(1, alive.port),)))
        client = await stack.enter_async_context(RawClient(gateway.port))
        assert {await answered_by(client, path=f"/?k={number}") for number in range(10)} == {"alive"}


async def test_g504_a_key_that_cannot_be_read_answers_f50000():
    broken = route(load_balance_strategy="hash", hash_key="colour")
    async with edge_gateway(broken, services=(service(1),)) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(get("/"))
        assert (answer.status, b"F50000" in answer.body) == (500, True)


async def test_g380_ewma_prefers_the_faster_and_leaves_the_broken():
    async def slow(connection: Connection) -> None:
        while True:
            await connection.read_head()
            await asyncio.sleep(0.6)
            await connection.send(ok(b"slow"))

    async with (
        scripted(slow) as slow_one,
        scripted(answering(ok(b"fast"))) as fast_one,
        edge_gateway(
            route(load_balance_strategy="ewma"), services=(service(1, slow_one.port, fast_one.port),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        bodies = [(await client.ask(get("/"))).body for _ in range(20)]
        assert bodies.count(b"slow") == 1
        assert bodies[-15:] == [b"fast"] * 15
