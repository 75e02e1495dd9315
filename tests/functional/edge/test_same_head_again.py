"""A head that came before is not read again; nothing else of the request before it may last (P1)."""

from __future__ import annotations

import re

import pytest

from tests.common.consumer_credentials import KEY, SHOP, key_credential
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection, answering, echoing, ok, scripted

CHOOSY = ("Accept-Encoding: gzip", "Range: bytes=0-1", "If-None-Match: x", "Content-Type: a/b", "Accept: c/d")
MADE_OF_PARTS = {"aggregate": {"parts": {"one": {"path": "/one"}, "two": {"path": "/two"}}}}


def heads_to(upstream) -> list[bytes]:
    """Every head the instance got, those of one connection in their order."""
    received = [connection.received for connection in upstream.connections]
    return [head for each in received for head in each.split(b"\r\n\r\n") if head]


def names(head: bytes) -> set[bytes]:
    return {line.partition(b":")[0] for line in head.split(b"\r\n")[1:]}


@pytest.mark.parametrize("order", ["/parts /plain", "/plain /parts", "/parts /plain /parts /plain"])
async def test_g291_what_a_part_must_not_ask_is_neither_taken_from_a_plain_request_nor_from_one(order):
    made = route("/parts", "/parts", plugins=MADE_OF_PARTS)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), made, services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for path in order.split():
            assert (await client.ask(get(path, *CHOOSY))).status == 200
        heads = heads_to(upstream)
    choosy = {b"accept-encoding", b"range", b"if-none-match", b"content-type"}
    found = {head.split(b" ")[1]: names(head) for head in heads}
    assert choosy | {b"accept"} <= found[b"/plain"]
    for part in (b"/one", b"/two"):
        assert b"accept" in found[part]
        assert not choosy & found[part]


@pytest.mark.parametrize("order", ["/mine /open /kept /mine /open", "/open /mine /kept /open /mine"])
async def test_g226_a_key_that_one_route_hides_is_seen_behind_the_others_alone(order):
    mine = route("/mine", "/mine", plugins={"key_auth": {}})
    kept = route("/kept", "/kept", plugins={"key_auth": {"hide_credentials": False}})
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway() as gateway,
        RawClient(gateway.port) as client,
    ):
        gateway.configure(
            route(), mine, kept, services=(service(upstream.port),), credentials=(key_credential(),), consumers=(SHOP,)
        )
        for path in order.split():
            assert (await client.ask(get(path, f"X-API-Key: {KEY}"))).status == 200
        heads = heads_to(upstream)
    seen = [(head.split(b" ")[1], b"x-api-key" in names(head), b"x-consumer" in names(head)) for head in heads]
    is_as_it_should_be = {(b"/mine", False, True), (b"/open", True, False), (b"/kept", True, True)}
    assert len(seen) == 5
    assert set(seen) == is_as_it_should_be


async def test_h5_who_asks_is_said_where_the_route_wants_to_know_and_of_this_request_alone():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(
            route(), route("/mine", "/mine", requires_auth=True), services=(service(upstream.port),)
        ) as gateway,
        RawClient(gateway.port) as client,
    ):
        asked = [("/mine", "u1"), ("/", "u1"), ("/mine", "u2"), ("/mine", "u2"), ("/", "u2"), ("/mine", "u1")]
        for path, subject in asked:
            await client.ask(get(path, bearer(subject), "X-User-Id: root"))
        heads = heads_to(upstream)
    told = [re.findall(rb"x-user-id: (\S+)", head) for head in heads]
    assert told == [[subject.encode()] if path == "/mine" else [] for path, subject in asked]


async def test_each_of_three_equal_requests_has_an_id_and_a_trace_of_its_own():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        answers = [await client.ask(get("/")) for _ in range(3)]
        heads = heads_to(upstream)
    sent = [re.findall(rb"x-request-id: (\S+)\r\ntraceparent: 00-(\w{32})-(\w{16})-", head)[0] for head in heads]
    assert [identifier for identifier, _trace, _span in sent] == [answer.header(b"x-request-id") for answer in answers]
    assert [len(set(column)) for column in zip(*sent, strict=True)] == [3, 3, 3]


async def test_t9_an_equal_request_is_judged_by_the_configuration_that_is_in_force_now():
    async with (
        scripted(echoing("one")) as one,
        scripted(echoing("two")) as two,
        edge_gateway(route(), services=(service(one.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        request = get("/a", bearer())
        assert (await client.ask(request)).body == b"one GET /a "
        assert (await client.ask(request)).body == b"one GET /a "
        gateway.configure(route(target_url="/new/*"), services=(service(two.port),))
        assert (await client.ask(request)).body == b"two GET /new/a "
        gateway.configure(route(requires_auth=True, required_permissions=("p",)), services=(service(two.port),))
        assert (await client.ask(request)).status == 403
        gateway.configure(services=(service(two.port),))
        assert (await client.ask(request)).status == 404
        gateway.configure(route(), services=(service(one.port),))
        assert (await client.ask(request)).body == b"one GET /a "


async def test_equal_heads_bring_bodies_of_their_own_and_each_is_invited():
    head = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    async with (
        scripted(echoing("one")) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for body in (b"abc", b"\r\n\r", b"def"):
            await client.send(head)
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert (await client.ask(body)).body == b"one POST /p " + body
        assert (await client.ask(get("/after"))).body == b"one GET /after "


async def test_equal_fields_under_another_method_frame_as_that_method_does():
    fields = b"Host: h\r\nConnection: keep-alive\r\n\r\n"

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.read_head()
            await connection.send(ok(b"" if head.startswith(b"HEAD") else b"hello").replace(b": 0", b": 5"))

    async with (
        scripted(script) as upstream,
        edge_gateway(route(), services=(service(upstream.port),)) as gateway,
        RawClient(gateway.port) as client,
    ):
        for method in (b"GET", b"HEAD", b"POST", b"HEAD", b"GET", b"OPTIONS", b"CONNECT", b"GET"):
            answer = await client.ask(b"%b /%b HTTP/1.1\r\n" % (method, method) + fields, method)
            if method == b"CONNECT":
                assert answer.status == 405
                break
            assert (answer.status, answer.header(b"content-length")) == (200, b"5")
            assert answer.body == (b"" if method == b"HEAD" else b"hello")
        heads = heads_to(upstream)
    assert [head.split(b" ")[0] for head in heads] == [b"GET", b"HEAD", b"POST", b"HEAD", b"GET", b"OPTIONS"]
    assert [b"content-length" in names(head) for head in heads] == [False, False, True, False, False, False]


async def test_h4_what_a_trusted_peer_says_of_each_client_is_said_of_that_one_alone():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(), services=(service(upstream.port),), trusted_proxies=("127.0.0.0/8",)) as gateway,
        RawClient(gateway.port) as client,
    ):
        clients = ["203.0.113.1", "203.0.113.1", "203.0.113.2", "", "203.0.113.1"]
        for address in clients:
            await client.ask(get("/", *([f"X-Forwarded-For: {address}"] if address else [])))
        heads = heads_to(upstream)
    told = [re.findall(rb"x-real-ip: (\S+)", head)[0].decode() for head in heads]
    assert told == [address or "127.0.0.1" for address in clients]
