"""Fields changed on the way up and down, and those that nobody may change (edge rules H1, H5, F8)."""

from __future__ import annotations

import pytest

from proxy.field_templates import compile_value
from proxy.forwarding.outgoing import UNTRUSTED_REQUEST_FIELDS
from proxy.stages.change_headers import check
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import ask_all, get
from tests.common.scripted_upstream import answering, ok, scripted


def changing(**config):
    return {"plugins": {"change_headers": config}}


def values_of(head: bytes, name: bytes) -> list[bytes]:
    lines = [line.partition(b": ") for line in head.split(b"\r\n")]
    return [value for known, _, value in lines if known == name]


async def test_fields_of_the_request_are_removed_renamed_set_and_added_in_this_order():
    up = {
        "remove": ["X-Gone", "x-new"],
        "rename": {"x-old": "x-new", "x-absent": "x-kept"},
        "set": {"X-Set": "ours"},
        "add": {"X-Added": "more"},
    }
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(**changing(request=up)), services=(service(upstream.port),)) as gateway,
    ):
        sent = ["X-Gone: 1", "X-Old: a", "X-Old: b", "X-New: theirs", "X-Kept: k", "X-Set: theirs", "X-Added: theirs"]
        await ask_all(gateway.port, get("/", *sent))
        head = upstream.connections[0].received
        assert values_of(head, b"x-gone") == values_of(head, b"x-old") == []
        assert values_of(head, b"x-new") == [b"a", b"b"]
        assert values_of(head, b"x-kept") == [b"k"]
        assert values_of(head, b"x-set") == [b"ours"]
        assert values_of(head, b"x-added") == [b"theirs", b"more"]


async def test_fields_of_the_answer_are_changed_also_of_the_gateways_own():
    down = {"remove": ["Server"], "rename": {"x-in": "x-out"}, "set": {"X-Frame-Options": "DENY"}}
    own = (b"Server: secret/1.0", b"X-In: 1", b"X-Out: 2", b"X-Frame-Options: ALLOW", b"Set-Cookie: a=1")
    added = {**down, "add": {"Set-Cookie": "b=2"}}
    async with (
        scripted(answering(ok(b"hello", *own))) as upstream,
        edge_gateway(
            route("/*", **changing(response=added)), route("/none/*", service_id="none", **changing(response=down)),
            services=(service(upstream.port), service(id="none", name="none")),
        ) as gateway,
    ):  # fmt: skip
        good, refused = await ask_all(gateway.port, get("/"), get("/none/x"))
        assert good.header(b"server") is None
        assert [value for name, value in good.headers if name == b"x-out"] == [b"1"]
        assert [value for name, value in good.headers if name == b"set-cookie"] == [b"a=1", b"b=2"]
        assert (good.status, refused.status) == (200, 503)
        assert good.header(b"x-frame-options") == refused.header(b"x-frame-options") == b"DENY"


async def test_facts_of_the_request_stand_in_values():
    up = {"set": {"x-facts": "$request_id|$client_address|$user|$route|$$5"}}
    known = route(name="the route", requires_auth=True, **changing(request=up))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(known, services=(service(upstream.port),)) as gateway,
    ):
        await ask_all(gateway.port, get("/", bearer("名 a"), "X-Request-ID: id-1", "X-Facts: theirs"))
        facts = values_of(upstream.connections[0].received, b"x-facts")
        assert facts == [b"id-1|127.0.0.1|%E5%90%8D%20a|the%20route|$5"]


@pytest.mark.parametrize("name", sorted({*UNTRUSTED_REQUEST_FIELDS, b"x-user-anything", b"x-forwarded-for", b"via"}))
@pytest.mark.parametrize("how", ["set", "add", "remove", "rename", "rename to"])
def test_h5_what_the_gateway_says_cannot_be_changed(name: bytes, how: str):
    field = name.decode().title()
    change = {
        "set": {"set": {field: "1"}},
        "add": {"add": {field: "1"}},
        "remove": {"remove": [field]},
        "rename": {"rename": {field: "x-a"}},
        "rename to": {"rename": {"x-a": field}},
    }[how]
    with pytest.raises(ValueError, match=name.decode()):
        check({"request": change})


@pytest.mark.parametrize("name", ["content-length", "transfer-encoding", "connection", "upgrade", "keep-alive"])
def test_f8_an_answer_is_framed_by_the_gateway(name: str):
    with pytest.raises(ValueError, match=f"response: {name}"):
        check({"response": {"set": {name: "1"}}})


def test_h8_a_field_that_may_stand_once_cannot_be_added_beside_itself():
    with pytest.raises(ValueError, match="use set"):
        check({"request": {"add": {"Authorization": "Basic eA=="}}})
    check({"request": {"set": {"Authorization": "Basic eA=="}}})


@pytest.mark.parametrize("value", ["a\r\nx: 1", "a\n", "\ta", "a ", "名", "$nothing", "$", "a\x00"])
def test_h7_a_value_that_would_not_be_one_field_is_refused(value: str):
    with pytest.raises(ValueError, match=r"value|\$"):
        compile_value(value)


async def test_a_bad_configuration_breaks_its_own_route_only():
    bad = route("/bad/*", **changing(request={"set": {"host": "evil"}}))
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(bad, route("/good/*"), services=(service(upstream.port),)) as gateway,
    ):
        found = await ask_all(gateway.port, get("/bad/x"), get("/good/x"))
        assert [answer.status for answer in found] == [500, 200]
