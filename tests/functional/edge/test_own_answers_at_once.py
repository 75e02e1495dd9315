"""What the gateway answers by itself is the same to client and figures whether or not its connection's task was woken.

A head that comes whole is answered where its bytes arrive, one that comes in pieces by the task (`pipeline.Serving`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from proxy.edge.connection import ClientConnection
from tests.common.edge_gateway import EdgeGateway, edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient
from tests.common.scripted_upstream import Connection, scripted

STORED = b'HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nETag: "a"\r\nCache-Tag: t\r\nContent-Length: 5\r\n\r\nhello'
HOST = b"Host: gateway.example\r\n"
REQUESTS: Mapping[str, bytes] = {
    "a stored reply": b"GET /kept/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "its head": b"HEAD /kept/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "nothing new": b"GET /kept/x HTTP/1.1\r\n" + HOST + b'If-None-Match: "a"\r\n\r\n',
    "a part of it": b"GET /kept/x HTTP/1.1\r\n" + HOST + b"Range: bytes=1-2\r\n\r\n",
    "no part of it": b"GET /kept/x HTTP/1.1\r\n" + HOST + b"Range: bytes=9-\r\n\r\n",
    "to be closed": b"GET /kept/x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "in 1.0": b"GET /kept/x HTTP/1.0\r\n" + HOST + b"\r\n",
    "in 1.0, staying": b"GET /kept/x HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n",
    "only what is kept": b"GET /kept/not HTTP/1.1\r\n" + HOST + b"Cache-Control: only-if-cached\r\n\r\n",
    "no route": b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n",
    "no route, head": b"HEAD /nowhere HTTP/1.1\r\n" + HOST + b"\r\n",
    "no token": b"GET /closed HTTP/1.1\r\n" + HOST + b"Accept-Language: zh-TW\r\n\r\n",
    "no token, to be closed": b"GET /closed HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "no instance": b"GET /empty HTTP/1.1\r\n" + HOST + b"\r\n",
    "a redirect": b"GET /moved HTTP/1.1\r\n" + HOST + b"\r\n",
    "an ambiguous path": b"GET /kept/%2e%2e%2fx HTTP/1.1\r\n" + HOST + b"\r\n",
    "a refused method": b"TRACE /kept/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a wrong host": b"GET /kept/x HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a wrong expectation": b"GET /kept/x HTTP/1.1\r\n" + HOST + b"Expect: much\r\n\r\n",
    "a limit": b"GET /limited HTTP/1.1\r\n" + HOST + b"\r\n",
}
OURS = frozenset((b"date", b"x-request-id", b"age", b"retry-after", b"x-ratelimit-remaining"))
"""Differ from one second or request to the next."""

ROUTES = (
    route("/kept/*", cache_enabled=True),
    route("/closed", "/closed", requires_auth=True),
    route("/empty", "/empty", service_id="none", service_name="none"),
    route("/moved", "/moved", plugins={"redirect": {"location": "/kept", "status": 308}}),
    route("/limited", "/limited", rate_limit_rpm=1),
)


async def stored_for_good(connection: Connection) -> None:
    while True:
        await connection.read_head()
        await connection.send(STORED)


async def told(gateway: EdgeGateway, request: bytes, *, in_pieces: bool) -> tuple[Any, ...]:
    """What a client is told; and the connection ends if that says so."""
    async with RawClient(gateway.port) as client:
        if in_pieces:
            await client.send(request[:3])
            await _has_come(gateway)
            await client.send(request[3:])
        else:
            await client.send(request)
        found = await client.answer(request.partition(b" ")[0])
        if found.header(b"connection") == b"close":
            assert await client.is_closed()
        kept = [field for field in found.headers if field[0] not in OURS]
        return found.status, found.reason, kept, found.body


async def _has_come(gateway: EdgeGateway) -> None:
    async with asyncio.timeout(30):
        while not any(connection.has_unread for connection in gateway.server._connections):
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_gateways_own_answer_is_the_same_in_the_connections_task_and_without_it(name, monkeypatch):
    at_once = list[ClientConnection]()
    served = ClientConnection._serve_at_once

    def noticing(connection: ClientConnection, head: Any) -> None:
        at_once.append(connection)
        served(connection, head)

    monkeypatch.setattr(ClientConnection, "_serve_at_once", noticing)
    request = REQUESTS[name]
    async with scripted(stored_for_good) as upstream, edge_gateway() as gateway:
        services = (service(upstream.port), service(id="none", name="none"))
        gateway.configure(*ROUTES, services=services)
        async with RawClient(gateway.port) as client:
            assert (await client.ask(REQUESTS["a stored reply"])).status == 200
            await client.ask(REQUESTS["a limit"])
        meters = gateway.runtime.live.meters
        before = len(at_once)
        waited_for = await told(gateway, request, in_pieces=True)
        assert len(at_once) == before
        counted = _figures(meters.counters())
        assert await told(gateway, request, in_pieces=False) == waited_for
        assert len(at_once) == before + 1
        assert _figures(meters.counters()).keys() == counted.keys()  # no other status or outcome, no other word
        assert await is_at_rest(gateway)


def _figures(counters: dict[str, list[float]]) -> dict[str, list[float]]:
    return {key: values for key, values in counters.items() if any(values)}


async def test_one_after_the_other_they_keep_their_order_and_the_connection_goes_on():
    async with scripted(stored_for_good) as upstream, edge_gateway() as gateway:
        gateway.configure(*ROUTES, services=(service(upstream.port),))
        async with RawClient(gateway.port) as client:
            names = ("a stored reply", "no route", "a stored reply", "no token", "a redirect", "a stored reply")
            statuses = [(await client.ask(REQUESTS[name])).status for name in names]
            assert statuses == [200, 404, 200, 401, 308, 200]
            await client.send(b"".join(REQUESTS[name] for name in names))
            assert [(await client.answer()).status for _name in names] == statuses
        assert len(upstream.connections) == 1
        assert await is_at_rest(gateway)
