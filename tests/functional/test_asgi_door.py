"""The same pipeline behind somebody else's server: `proxy/asgi.py` under uvicorn."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import h11
import pytest
import uvicorn

from proxy.asgi import ProxyApplication, request_head
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from tests.common.edge_gateway import EdgeGateway, bearer, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted
from tests.common.websocket import OFFER, echo


@asynccontextmanager
async def asgi_gateway(*routes, services=()):
    runtime = GatewayRuntime(GatewayOptions(access_log=""))
    await runtime.start()
    sock = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        ProxyApplication(runtime), lifespan="off", log_level="critical", ws="none", date_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([sock]))
    gateway = EdgeGateway(runtime, None, sock.getsockname()[1])
    gateway.configure(*routes, services=services)
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield gateway
    finally:
        server.should_exit = True
        await serving
        await runtime.close()


async def test_traffic_flows_both_ways():
    body = bytes(range(256)) * 2000
    async with (
        scripted(echoing("one")) as upstream,
        asgi_gateway(route("/a/*", "/*"), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/a/b%20c?q=%20"))).body == b"one GET /b%20c?q=%20 "
        answer = await client.ask(post("/a/up", body))
        assert answer.body == b"one POST /up " + body


async def test_g320_g305_decisions_are_the_same():
    async with (
        scripted(answering(ok())) as upstream,
        asgi_gateway(
            route("/p/*", "/*", requires_auth=True, required_permissions=("p",)), services=(service(upstream.port),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        wanted = {get("/none"): 404, get("/p/x"): 401, get("/p/x", bearer()): 403, get("/p/../p/x"): 400}
        for request, status in wanted.items():
            assert (await client.ask(request)).status == status
        assert (await client.ask(get("/p/x", bearer(permissions=["p"])))).status == 200
        assert len(upstream.connections) == 1


async def test_g407_a_websocket_is_refused_in_words():
    async with (
        scripted(echo) as upstream,
        asgi_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/", *OFFER))
        assert answer.status == 501
        assert b"does not pass WebSocket through" in answer.body
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_f1_two_hosts_are_refused_whatever_the_server_lets_through():
    async with asgi_gateway(route(), services=(service(),)) as gateway, RawClient(gateway.port) as client:
        assert (await client.ask(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")).status == 400


def test_p4_a_decoded_path_is_encoded_again_where_the_server_gives_no_other():
    scope = {"type": "http", "method": "GET", "path": "/a?b c", "query_string": b"d", "headers": [(b"host", b"x")]}
    runtime = GatewayRuntime(GatewayOptions(access_log=""))
    assert request_head(scope, runtime).target == b"/a%3Fb%20c?d"


async def test_t2_a_client_that_leaves_cancels_the_upstream_call():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.until_closed()

    never = route(timeout_seconds=60)
    async with scripted(script) as upstream, asgi_gateway(never, services=(service(upstream.port),)) as gateway:
        async with RawClient(gateway.port) as client:
            await client.send(get("/"))
            while not upstream.connections:
                await asyncio.sleep(0.01)
        await asyncio.wait_for(upstream.connections[0].ended.wait(), 20)


async def test_f11_an_answer_cut_short_is_never_made_to_look_whole():
    async def script(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    async with (
        scripted(script) as upstream,
        asgi_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        with pytest.raises((h11.RemoteProtocolError, ConnectionError)):
            await client.ask(get("/"))


async def test_g290_a_batch_comes_through_this_door_too():
    async with (
        scripted(echoing("one")) as upstream,
        asgi_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        body = b'{"requests": [{"path": "/a"}, {"path": "/gateway/batch"}]}'
        answer = await client.ask(post("/gateway/batch", body, "Content-Type: application/json"))
        found = json.loads(answer.body)["content"]["responses"]
        assert (found[0]["status"], found[0]["body"]) == (200, "one GET /a ")
        assert found[1]["status"] == 404
