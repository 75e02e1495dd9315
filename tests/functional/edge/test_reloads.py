"""A new configuration takes nothing from requests that run (T9)."""

from __future__ import annotations

import asyncio

from tests.common.edge_gateway import edge_gateway, is_at_rest, route, service
from tests.common.eventually import eventually
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, ok, scripted


async def test_t9_requests_in_use_of_a_pool_or_waiting_for_it_outlive_their_service():
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        while True:
            await connection.read_head()
            await go_on.wait()
            await connection.send(ok(b"done"))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), upstream_max_connections=1) as gateway,
    ):
        async with RawClient(gateway.port) as running, RawClient(gateway.port) as waiting:
            for number, client in enumerate((running, waiting), 1):
                await client.send(get("/"))
                assert await eventually(lambda wanted=number: gateway.runtime.figures()["in_flight"] == wanted)
            gateway.configure(services=())
            go_on.set()
            assert (await running.answer()).body == b"done"
            assert (await waiting.answer()).body == b"done"
            assert (await running.ask(get("/"))).status == 404
        for connection in upstream.connections:
            await asyncio.wait_for(connection.ended.wait(), 20)
        assert await is_at_rest(gateway)
