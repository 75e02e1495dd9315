"""Requests held to the operator's JSON Schemas: each mistake named, nothing judged that is read differently later."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from proxy.json_schema import LONGEST_TEXT, Judge
from proxy.stages.request_validation import body_errors, check, query_errors
from services.spec import BreakerSpec, HealthSpec
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, ask_all, get, post
from tests.common.scripted_upstream import echoing, ok, scripted

ORDER = {
    "type": "object",
    "required": ["sku"],
    "additionalProperties": False,
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]+$"},
        "address": {"$ref": "#/$defs/address"},
    },
    "$defs": {"address": {"type": "object", "properties": {"zip": {"type": "string", "maxLength": 5}}}},
}
JSON = "Content-Type: application/json"


def validating(**config):
    return route(plugins={"request_validation": config})


async def answers(spec, *requests: bytes):
    """Each on a connection of its own: a body that is refused half read ends its connection."""
    async with scripted(echoing("up")) as upstream, edge_gateway(spec, services=(service(upstream.port),)) as gateway:
        found = []
        for request in requests:
            async with RawClient(gateway.port) as client:
                found.append(await client.ask(request, b"POST"))
        return found


def errors_of(answer) -> dict:
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "F40000")
    return json.loads(answer.body)["content"]["errors"]


async def test_a_good_body_goes_up_byte_for_byte_also_in_chunks_and_when_it_is_large():
    body = b'{ "sku" : "A" }'
    large = b'{"sku":"A"' + b" " * 70_000 + b"}"
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"5\r\n" + body[:5] + b"\r\n%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n"
    spec = validating(body_schema=ORDER, max_body_bytes=100_000)
    found = await answers(spec, post("/", body, JSON), chunked, post("/", large, JSON))
    assert [one.body for one in found] == [b"up POST / " + sent for sent in (body, body, large)]


async def test_g013_every_mistake_is_named_at_its_place():
    wrong = json.dumps({"sku": "a", "colour": 1, "address": {"zip": "123456"}}).encode()
    (found,) = await answers(validating(body_schema=ORDER), post("/", wrong, JSON, "Accept-Language: en"))
    errors = errors_of(found)
    assert set(errors) == {"body", "body.sku", "body.address.zip"}
    assert "colour" in errors["body"][0]
    assert json.loads(found.body)["msg"] == "The request is invalid."


@pytest.mark.parametrize(
    ("request_bytes", "place"),
    [
        (post("/", b"", JSON), "body"),
        (post("/", b"{", JSON), "body"),
        (post("/", b'{"sku": "A", "sku": "B"}', JSON), "body"),
        (post("/", b'{"sku": NaN}', JSON), "body"),
        (post("/", b'\xef\xbb\xbf{"sku": "A"}', JSON), "body"),
        (post("/", '{"sku": "A"}'.encode("utf-16"), JSON), "body"),
        (post("/", b"[" * 60_000, JSON), "body"),
        (post("/", b'{"sku": ' + b"9" * 5000 + b"}", JSON), "body"),
        (post("/", b'{"sku": "A"}'), "header.content-type"),
        (post("/", b'{"sku": "A"}', "Content-Type: text/plain"), "header.content-type"),
        (post("/", b'{"sku": "A"}', JSON, "Content-Encoding: gzip"), "header.content-encoding"),
    ],
)
async def test_what_two_readers_could_read_differently_is_refused(request_bytes: bytes, place: str):
    (found,) = await answers(validating(body_schema=ORDER), request_bytes)
    assert place in errors_of(found)


async def test_a_request_that_has_no_body_needs_none_and_one_too_large_is_413():
    spec = validating(body_schema=ORDER, max_body_bytes=20)
    found = await answers(spec, get("/"), post("/", b'{"sku": "%s"}' % (b"A" * 20), JSON))
    assert [one.status for one in found] == [200, 413]


async def test_query_and_fields_are_judged_together_and_before_the_instance_is_asked():
    query = {
        "required": ["page"],
        "properties": {
            "page": {"type": "integer", "minimum": 1},
            "deep": {"type": "boolean"},
            "ids": {"type": "array", "items": {"type": "integer"}},
        },
    }
    header = {"required": ["x-tenant"], "properties": {"x-tenant": {"enum": ["a", "b"]}}}
    spec = validating(query_schema=query, header_schema=header)
    good, bad = await answers(spec, get("/?page=2&deep=true&ids=1&ids=2", "X-Tenant: a"), get("/?page=x&ids=1,2"))
    assert good.status == 200
    assert set(errors_of(bad)) == {"query.page", "query.ids.0", "header"}


@pytest.mark.parametrize("query", [b"a=%ff", b"a=\xff", b"&".join([b"a=1"] * 1001)])
def test_a_query_that_cannot_be_read_is_a_mistake_and_no_failure(query: bytes):
    assert [place for place, _text in query_errors(Judge({}, "x"), query)] == ["query"]


def test_a_text_that_is_too_long_for_a_pattern_is_not_tried():
    judge = Judge({"type": "string", "pattern": "^(a|a)*$"}, "x")
    assert judge.errors("a" * 5, "body") == []
    assert judge.errors("a" * LONGEST_TEXT + "b", "body") == [("body", f"is longer than {LONGEST_TEXT} characters")]
    named = Judge({"patternProperties": {"a": {"type": "integer"}}}, "x")
    assert named.errors({"a": "x"}, "body")[0][0] == "body.a"
    assert "name longer" in named.errors({"a" * (LONGEST_TEXT + 1): 1}, "body")[0][1]


@given(some.recursive(some.none() | some.booleans() | some.integers() | some.text(), some.lists, max_leaves=20))
def test_every_json_document_is_taken_where_nothing_is_asked(document):
    assert body_errors(Judge({}, "x"), json.dumps(document).encode()) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"$ref": "http://elsewhere.example/schema"},
        {"$id": "http://elsewhere.example/", "type": "object"},
        {"pattern": "("},
        {"properties": {"a": {"patternProperties": {"(": {}}}}},
    ],
)
def test_a_schema_that_is_none_or_asks_elsewhere_is_refused(schema):
    for name in ("body_schema", "query_schema", "header_schema"):
        with pytest.raises(ValueError, match=name):
            check({name: schema})


async def test_a_broken_schema_breaks_its_own_route_only():
    broken = route("/broken/*", plugins={"request_validation": {"body_schema": {"type": "nothing"}}})
    async with scripted(echoing("up")) as upstream:
        services = (service(upstream.port),)
        async with edge_gateway(broken, route("/good/*"), services=services) as gateway:
            found = await ask_all(gateway.port, get("/broken/x"), get("/good/x"))
            assert [one.status for one in found] == [500, 200]


@pytest.mark.parametrize(("seconds", "status"), [(0.3, 200), (0.8, 408)])
async def test_g360_what_a_slow_client_takes_is_not_the_instances_time(seconds, status):
    request, body = post("/", b'{"sku":"A"}', JSON), {"body_schema": ORDER}
    spec = route(plugins={"request_validation": body}, timeout_seconds=0.5, retry_count=0)

    async def slowly(port: int) -> int:
        async with RawClient(port) as client:
            await client.send(request[:-2])
            await asyncio.sleep(seconds)
            await client.send(request[-2:])
            return (await client.answer(b"POST")).status

    async def takes_its_time(connection) -> None:
        await connection.read_head()
        await asyncio.sleep(0.3)
        await connection.send(ok())

    async with scripted(takes_its_time) as upstream:
        policy = {"breaker": BreakerSpec(max_failures=2), "health": HealthSpec(eject_after=2)}
        async with edge_gateway(spec, services=(service(upstream.port, **policy),)) as gateway:
            assert await asyncio.gather(*[slowly(gateway.port) for _ in range(3)]) == [status] * 3
            (found,) = await ask_all(gateway.port, get("/"))
            assert found.status == 200, "no circuit is open"
