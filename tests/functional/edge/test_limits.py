"""Every limit at its border: one less and the limit pass, one more does not (R-10; rules H10, T1, T4, T6, B).

The limit of a WebSocket message is in test_websocket_end.py, those of a batch's bytes in test_batch.py.
"""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from proxy.batch.refusal import Refused
from proxy.batch.strict_json import MAX_VALUES, has_more_values, parse_object
from tests.common.edge_gateway import edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import echoing, scripted
from tests.common.through_the_edge import is_refused, through

BORDER = [-1, 0, 1]


def chunked(size: int, step: int) -> bytes:
    """A POST of `size` bytes in chunks of `step`."""
    pieces = [b"x" * min(step, size - at) for at in range(0, size, step)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize("part", ["path", "query", "method"])
async def test_r10_h10_the_request_line_is_limited_exactly(beyond, part):
    length = 300 + beyond
    request = get("/")
    line, rest = request.split(b"\r\n", 1)
    more = b"a" * (length - len(line))
    line = {
        "path": line.replace(b"/ ", b"/" + more + b" "),
        "query": line.replace(b"/ ", b"/?" + more[1:] + b" "),
        "method": more + line,
    }[part]
    assert len(line) == length
    passed = await through(line + b"\r\n" + rest, max_request_line_bytes=300)
    assert is_refused(passed, 414) if beyond > 0 else passed.status == 200


@pytest.mark.parametrize("line", [9_000, 80_000, 400_000])
async def test_r10_a_line_of_any_length_is_too_long_and_not_too_large_a_header(line):
    assert is_refused(await through(b"GET /" + b"a" * line + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 414)


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize("before", [b"", b"\r\n"])
@pytest.mark.parametrize("line", [10, 300])
async def test_r10_h10_the_bytes_of_the_header_are_limited_exactly(beyond, before, line):
    """Field lines with their ends, whatever the length of the request line."""
    fields = b"Host: x\r\nX: "
    fields += b"a" * (1000 + beyond - len(fields) - 2) + b"\r\n"
    request = before + b"GET /" + b"a" * (line - 10) + b" HTTP/1.1\r\n" + fields + b"\r\n"
    passed = await through(request, max_header_bytes=1000, max_request_line_bytes=310)
    assert is_refused(passed, 431) if beyond > 0 else passed.status == 200


@pytest.mark.parametrize("beyond", BORDER)
async def test_r10_h10_the_number_of_fields_is_limited_exactly(beyond):
    request = get("/", *[f"X-{number}: y" for number in range(19 + beyond)])
    passed = await through(request, max_header_count=20)
    assert is_refused(passed, 431) if beyond > 0 else passed.status == 200


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize("limit", [0, 1, 1000, 100_000])
async def test_r10_t6_an_announced_body_is_limited_exactly(beyond, limit):
    if limit + beyond < 0:
        return
    passed = await through(post("/", b"x" * (limit + beyond)), method=b"POST", plain={"max_body_bytes": limit})
    assert is_refused(passed, 413) if beyond > 0 else len(passed.answers[0].body) == len("u POST / ") + limit + beyond


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize(("limit", "step"), [(1000, 1), (1000, 999), (1000, 5000), (100_000, 7000)])
async def test_r10_t6_a_body_in_chunks_is_limited_by_the_bytes_that_come(beyond, limit, step):
    """CVE-2026-33034: the length says nothing here. The upstream must not take what it got for a whole body."""
    passed = await through(chunked(limit + beyond, step), method=b"POST", plain={"max_body_bytes": limit})
    if beyond <= 0:
        assert len(passed.answers[0].body) == len("u POST / ") + limit + beyond
    else:
        assert (passed.status, passed.closed) == (413, True)
        assert not passed.upstream.endswith(b"0\r\n\r\n")


async def test_r10_t6_a_length_that_lies_is_believed_in_neither_direction():
    """Too large a number is refused before a byte of it; one too small makes the rest the next request's bytes."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    assert is_refused(await through(head % 1001 + b"x", method=b"POST", plain={"max_body_bytes": 1000}), 413)
    passed = await through(head % 3 + b"xxxyyy\r\n\r\n", answers=2, plain={"max_body_bytes": 1000})
    assert [answer.status for answer in passed.answers] == [200, 400]
    assert b"yyy" not in passed.upstream


@pytest.mark.parametrize("beyond", BORDER)
async def test_r10_t4_connections_of_one_address_are_limited_exactly(beyond):
    async with edge_gateway(services=(), max_connections_per_address=5) as gateway:
        clients = [await RawClient(gateway.port).__aenter__() for _ in range(5 + beyond)]
        for client in clients[:5]:
            assert (await client.ask(get("/"))).status == 404
        for client in clients[5:]:
            answer = await client.answer()
            assert (answer.status, answer.header(b"retry-after")) == (429, b"1")
            assert await client.is_closed()
        clients[0].writer.close()
        while gateway.server.open_connections == 5:
            await asyncio.sleep(0.01)
        async with RawClient(gateway.port) as another:
            assert (await another.ask(get("/"))).status == 404
        for client in clients:
            client.writer.close()


async def test_r10_t4_a_trusted_proxy_brings_many_and_no_limit_is_a_choice():
    for options in ({"trusted_proxies": ("127.0.0.0/8",)}, {"max_connections_per_address": None}):
        async with (
            edge_gateway(services=(), **{"max_connections_per_address": 1, **options}) as gateway,
            RawClient(gateway.port) as one,
            RawClient(gateway.port) as two,
        ):
            assert [(await client.ask(get("/"))).status for client in (one, two)] == [404, 404]


async def test_r10_t4_addresses_that_have_left_are_not_remembered():
    async with edge_gateway(services=()) as gateway:
        async with RawClient(gateway.port) as client:
            await client.ask(get("/"))
            assert gateway.server._by_address == {b"127.0.0.1": 1}
        while gateway.server.open_connections:
            await asyncio.sleep(0.01)
        assert not gateway.server._by_address


@pytest.mark.parametrize("seconds", [0.3, 0.8])
async def test_r10_t1_the_time_for_a_header_is_the_setting(seconds):
    async with edge_gateway(header_timeout_seconds=seconds, services=()) as gateway, RawClient(gateway.port) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: ")
        begun = time.monotonic()
        assert (await client.answer()).status == 408
        assert time.monotonic() - begun >= seconds
        assert await client.is_closed()


async def test_r10_t1_the_time_for_a_body_counts_from_its_last_byte():
    async with (
        scripted(echoing("u")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), body_timeout_seconds=1.1) as gateway,
        RawClient(gateway.port) as client,
    ):
        await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(4):
            await asyncio.sleep(0.4)
            await client.send(b"x")
        assert (await client.answer(b"POST")).status == 408
        assert await client.is_closed()


def nested(levels: int) -> str:
    """A JSON object of so many levels, lists and objects in turn."""
    value: object = 1
    for level in range(levels - 1):
        value = [value] if level % 2 else {"a": value}
    return json.dumps({"a": value})


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize("most", [1, 2, 32])
def test_r10_b_json_is_as_deep_as_it_may_be(beyond, most):
    if most + beyond < 1:
        return
    if beyond > 0:
        with pytest.raises(Refused):
            parse_object(nested(most + beyond), most)
    else:
        assert parse_object(nested(most + beyond), most)


@pytest.mark.parametrize("levels", [33, 2000, 100_000])
async def test_r10_b_a_batch_that_is_too_deep_is_refused(levels):
    body = b'{"requests": ' + b"[" * levels + b"]" * levels + b"}"
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(post("/gateway/batch", body, "Content-Type: application/json"), b"POST")
        assert (answer.status, b"errors" in answer.body) == (400, True)


@pytest.mark.parametrize("parts", [49, 50, 51])
async def test_r10_b_the_parts_of_a_batch_are_limited_exactly(parts):
    body = json.dumps({"requests": [{"method": "GET", "path": "/none"}] * parts}).encode()
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(post("/gateway/batch", body, "Content-Type: application/json"), b"POST")
        assert answer.status == (400 if parts > 50 else 200)


def test_b_a_key_that_stands_twice_among_many_is_found_at_once():
    """Counting each key among all others would take hours for a body a stranger may send."""
    body = "{" + "".join(f'"{number}":1,' for number in range(MAX_VALUES - 2)) + '"7":1}'
    with pytest.raises(Refused) as refused:
        parse_object(body, 32)
    assert list(refused.value.errors) == ["7"]


@pytest.mark.parametrize("beyond", BORDER)
@pytest.mark.parametrize("value", ["[]", "{}", "0", '"a,[{"', r'"\\\","', '{"a":[0]}'])
@pytest.mark.parametrize("ballast", ["", r",\",[\\" * 1000])
def test_r10_b_values_are_counted_exactly_and_marks_in_texts_are_none(beyond, value, ballast):
    """A value costs fifty times the bytes it is written in; these are bounded before they are made."""
    text = json.dumps([ballast, *[json.loads(value)] * 20], separators=(",", ":"))
    most = 1 + 20 + 20 * sum(value.count(mark) for mark in "[{" if value[0] != '"')
    assert has_more_values(text, most - beyond) is (beyond > 0)


@pytest.mark.parametrize("value", [b"[]", b"{}", b"0", b'{"":0}'])
async def test_r10_b_a_batch_of_very_many_values_is_refused_before_they_are_made(value):
    body = b'{"requests":[{"path":"/a","body":[' + b",".join([value] * MAX_VALUES) + b"]}]}"
    async with edge_gateway(services=()) as gateway, RawClient(gateway.port) as client:
        answer = await client.ask(post("/gateway/batch", body, "Content-Type: application/json"), b"POST")
        assert (answer.status, b" 100000 " in answer.body) == (400, True)
