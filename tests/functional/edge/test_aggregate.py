"""A route whose answer is made of several calls (G-291)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from proxy.stages.aggregate import SCHEMA, services
from services.spec import BreakerSpec
from tests.common.consumer_credentials import KEY, SHOP, key_credential
from tests.common.edge_gateway import bearer, edge_gateway, is_at_rest, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import Connection, answering, ok, scripted


def aggregating(parts: dict[str, Any], **fields: Any):
    config = {"parts": parts}
    Draft202012Validator(SCHEMA).validate(config)
    return route("/profile/*", "/*", retry_count=0, plugins={"aggregate": config}, **fields)


def js(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body)


ANSWERS = {
    b"/users/7": js(b'{"id": 7.10}'),
    b"/text": ok(b"words"),
    b"/empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"/missing": js(b"{}", b"404 Not Found"),
    b"/broken": b"nonsense\r\n\r\n",
    b"/bytes": ok(b"\xff"),
    b"/cut": b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab",
}


async def script(connection: Connection) -> None:
    target = (await connection.read_head()).split(b" ")[1]
    if found := ANSWERS.get(target.partition(b"?")[0]):
        await connection.send(found)
        if target == b"/cut":
            return
    await connection.until_closed()


async def test_g291_the_answers_of_the_parts_stand_under_their_names():
    parts = {
        "user": {"path": "/users/*"}, "text": {"path": "/text?fixed=1"}, "empty": {"path": "/empty", "method": "POST"},
    }  # fmt: skip
    async with (
        scripted(script) as upstream,
        edge_gateway(aggregating(parts), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answer = await client.ask(get("/profile/7?q=1", "If-None-Match: x", "Accept: a/b"))
        assert (answer.status, answer.header(b"content-type")) == (200, b"application/json")
        assert answer.body == b'{"user":{"id": 7.10},"text":"words","empty":null}'
        heads = b"".join(connection.received for connection in upstream.connections)
        for line in (b"GET /users/7?q=1 ", b"GET /text?fixed=1 ", b"POST /empty?q=1 ", b"accept: a/b"):
            assert line in heads
        assert b"if-none-match" not in heads
        assert await is_at_rest(gateway) or gateway.server.open_connections == 1


@pytest.mark.parametrize(
    ("path", "status"), [("/missing", 502), ("/broken", 502), ("/bytes", 502), ("/cut", 502), ("/silent", 504)]
)
async def test_g291_a_part_that_is_needed_fails_the_whole_and_an_optional_one_has_its_default(path, status):
    user, failing = {"path": "/users/*"}, {"path": path, "timeout_seconds": 0.3}
    async with scripted(script) as upstream:
        needed = aggregating({"user": user, "x": failing})
        async with (
            edge_gateway(needed, services=(service(upstream.port),)) as gateway,
            RawClient(gateway.port) as client,
        ):
            answer = await client.ask(get("/profile/7"))
            assert answer.status == status
            assert json.loads(answer.body)["code"] == {502: "F50200", 504: "F50400"}[status]
        optional = aggregating({"user": user, "x": {**failing, "optional": True, "default": [1]}})
        async with (
            edge_gateway(optional, services=(service(upstream.port),)) as gateway,
            RawClient(gateway.port) as client,
        ):
            assert (await client.ask(get("/profile/7"))).body == b'{"user":{"id": 7.10},"x":[1]}'


async def test_g291_a_part_may_ask_another_service_with_the_callers_identity():
    parts = {"a": {"path": "/"}, "b": {"path": "/", "service": "other"}}
    async with scripted(answering(js(b"1"))) as one, scripted(answering(js(b"2"))) as two:
        other = replace(service(two.port), id="o", name="other")
        protected = aggregating(parts, requires_auth=True, rate_limit_rpm=2)
        async with (
            edge_gateway(protected, services=(service(one.port), other)) as gateway,
            RawClient(gateway.port) as client,
        ):
            assert (await client.ask(get("/profile/7"))).status == 401
            assert not one.connections
            for status in (200, 200, 429):
                answer = await client.ask(get("/profile/7", bearer("alice")))
                assert answer.status == status
            assert b"x-user-id: alice" in two.connections[0].received.lower()
    assert services({"parts": parts}) == ["other"]


async def test_g291_a_service_that_is_not_there_breaks_this_route_alone():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(
            aggregating({"a": {"path": "/", "service": "none"}}),
            route("/fine", "/"),
            services=(service(upstream.port),),
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert (await client.ask(get("/profile/7"))).status == 500
        assert (await client.ask(get("/fine"))).status == 200


@pytest.mark.parametrize(
    "config",
    [{}, {"parts": {}}, {"parts": {"a": {}}}, {"parts": {"a": {"path": "x"}}}, {"parts": {"a": {"path": "/", "x": 1}}}],
)
def test_a_configuration_without_sense_breaks_the_schema(config):
    assert list(Draft202012Validator(SCHEMA).iter_errors(config))


async def test_g291_a_part_gets_the_clients_query_without_the_key_that_stood_in_it():
    plugins = {"key_auth": {"query_names": ["k"]}, "aggregate": {"parts": {"a": {"path": "/a"}}}}
    async with scripted(answering(js(b"1"))) as upstream, edge_gateway() as gateway, RawClient(gateway.port) as client:
        gateway.configure(
            route("/profile/*", "/*", plugins=plugins),
            services=(service(upstream.port),),
            consumers=(SHOP,),
            credentials=(key_credential(),),
        )
        assert (await client.ask(get(f"/profile/7?q=1&k={KEY}"))).status == 200
        assert upstream.connections[0].received.startswith(b"GET /a?q=1 HTTP/1.1\r\n")


async def test_g360_a_service_that_is_well_again_is_found_by_the_parts_alone():
    """The one probe of a half-open breaker belongs to a part, not to the route around it."""
    failing = True

    async def moody(connection: Connection) -> None:
        while True:
            await connection.read_head()
            await connection.send(js(b"1", b"500 Internal Server Error" if failing else b"200 OK"))

    policy = BreakerSpec(max_failures=2, open_seconds=1.0)
    async with (
        scripted(moody) as upstream,
        edge_gateway(aggregating({"a": {"path": "/"}}), services=(service(upstream.port, breaker=policy),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        assert [(await client.ask(get("/profile/7"))).status for _ in range(3)] == [502] * 3
        failing = False
        await asyncio.sleep(1.05)
        assert [(await client.ask(get("/profile/7"))).status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("part", [{"path": "/silent"}, {"path": "/silent", "timeout_seconds": 0.2}])
async def test_g360_a_part_that_says_nothing_counts_against_its_instance(part):
    spec = aggregating({"a": part}, timeout_seconds=0.3)
    async with scripted(script) as upstream:
        services = (service(upstream.port, breaker=BreakerSpec(max_failures=2)),)
        async with edge_gateway(spec, services=services) as gateway, RawClient(gateway.port) as client:
            statuses = [(await client.ask(get("/profile/7"))).status for _ in range(4)]
            assert statuses == [504, 504, 502, 502]
            assert len(upstream.connections) == 2


async def test_g360_an_open_breaker_fails_the_parts_of_its_service_alone():
    parts = {"a": {"path": "/", "optional": True}, "b": {"path": "/", "service": "other"}}
    policy = BreakerSpec(max_failures=2)
    async with (
        scripted(answering(js(b"1", b"500 Internal Server Error"))) as one,
        scripted(answering(js(b"2"))) as two,
    ):
        services = (service(one.port, breaker=policy), service(two.port, id="o", name="other"))
        async with (
            edge_gateway(aggregating(parts), services=services) as gateway,
            RawClient(gateway.port) as client,
        ):
            for _ in range(4):
                assert (await client.ask(get("/profile/7"))).body == b'{"a":null,"b":2}'
        assert one.connections[0].received.count(b"GET ") == 2


async def test_g380_parts_are_spread_by_the_key_of_the_route():
    spec = aggregating({"a": {"path": "/"}}, load_balance_strategy="hash", hash_key="header:X-Who", rate_limit_rpm=None)
    async with scripted(answering(js(b"1"))) as one, scripted(answering(js(b"2"))) as two:
        services = (service(one.port, two.port),)
        async with edge_gateway(spec, services=services) as gateway, RawClient(gateway.port) as client:
            asked = [get("/profile/7", f"X-Who: {who}") for who in range(20)]
            first = [(await client.ask(request)).body for request in asked]
            assert first == [(await client.ask(request)).body for request in asked]
            assert len(set(first)) == 2


async def test_g360_an_answer_that_is_cut_counts_against_its_instance_also_in_a_batch_and_as_a_part():
    async def cutting(connection: Connection) -> None:
        await connection.read_head()
        await connection.send(ANSWERS[b"/cut"])

    routes = (aggregating({"a": {"path": "/"}}), route("/plain", "/", retry_count=0))
    batch = post("/gateway/batch", b'{"requests": [{"path": "/plain"}]}', "Content-Type: application/json")
    for request in (get("/profile/7"), batch):
        async with scripted(cutting) as upstream:
            services = (service(upstream.port, breaker=BreakerSpec(max_failures=2)),)
            async with edge_gateway(*routes, services=services) as gateway, RawClient(gateway.port) as client:
                for _ in range(4):
                    await client.ask(request)
            assert len(upstream.connections) == 2
