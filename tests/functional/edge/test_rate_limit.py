"""Limits on the real edge: who is counted, what is said, and where it stands among the refusals (G-340…G-346)."""

from __future__ import annotations

import json
import time

import pytest

from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get, post
from tests.common.scripted_upstream import answering, ok, scripted

LIMIT = b"x-ratelimit-limit"
REMAINING = b"x-ratelimit-remaining"
RESET = b"x-ratelimit-reset"


async def answers(gateway, *requests: bytes):
    async with RawClient(gateway.port) as client:
        return [await client.ask(request) for request in requests]


async def statuses(gateway, *requests: bytes) -> list[int]:
    return [answer.status for answer in await answers(gateway, *requests)]


async def test_g340_g345_the_request_after_the_last_is_told_when_to_come_back():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(rate_limit_rpm=2), services=(service(upstream.port),)) as gateway,
    ):
        began = time.time()
        first, second, third, english = await answers(gateway, *[get("/")] * 3, get("/", "Accept-Language: en"))
        assert [answer.status for answer in (first, second, third)] == [200, 200, 429]
        assert [answer.header(REMAINING) for answer in (first, second, third)] == [b"1", b"0", b"0"]
        assert {answer.header(LIMIT) for answer in (first, second, third)} == {b"2"}
        assert all(began + 58 < int(answer.header(RESET)) < time.time() + 64 for answer in (first, second, third))
        assert 50 < int(third.header(b"retry-after")) <= 60
        assert first.header(b"retry-after") is None
        seconds = int(third.header(b"retry-after"))
        assert json.loads(third.body) == {"code": "F42900", "msg": f"請求過於頻繁，請{seconds}秒後重試", "content": {}}
        assert "Too many requests, retry in " in json.loads(english.body)["msg"]
        assert third.header(b"cache-control") == b"no-store"
        assert sum(connection.received.count(b"GET / ") for connection in upstream.connections) == 2


async def test_g342_each_user_and_each_address_is_counted_for_itself():
    known, open_to_all = (
        route("/known/*", requires_auth=True, rate_limit_rpm=1),
        route("/open/*", rate_limit_rpm=1),
    )
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(known, open_to_all, services=(service(upstream.port),), trusted_proxies=("127.0.0.1",)) as gateway,
    ):
        users = [get("/known/x", bearer(name)) for name in ("a", "b", "a", "b", "x" * 255, "x" * 254, "x" * 255)]
        assert await statuses(gateway, *users) == [200, 200, 429, 429, 200, 200, 429]
        addresses = [get("/open/x", f"X-Forwarded-For: 192.0.2.{last}") for last in (1, 2, 1, 2)]
        assert await statuses(gateway, *addresses) == [200, 200, 429, 429]
        assert await statuses(gateway, get("/known/x", bearer("192.0.2.1"))) == [200]
        long_names = [get("/known/x", bearer("名" * 255)), get("/known/x", bearer("名" * 254)), users[0]]
        assert await statuses(gateway, *long_names) == [200, 200, 429]


async def test_g344_an_address_somebody_made_up_is_not_counted():
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(route(rate_limit_rpm=1), services=(service(upstream.port),)) as gateway,
    ):
        made_up = [get("/", f"X-Forwarded-For: 192.0.2.{last}") for last in (1, 2)]
        assert await statuses(gateway, *made_up) == [200, 429]


async def test_g340_routes_are_counted_for_themselves_and_null_is_no_limit():
    routes = (
        route("/a/*", rate_limit_rpm=1), route("/b/*", rate_limit_rpm=1), route("/c/*", rate_limit_rpm=None),
    )  # fmt: skip
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(*routes, services=(service(upstream.port),)) as gateway,
    ):
        found = await answers(gateway, *[get(f"/{name}/x") for name in "aabbccc"])
        assert [answer.status for answer in found] == [200, 429, 200, 429, 200, 200, 200]
        assert found[-1].header(LIMIT) is None


async def test_g104_a_changed_limit_is_in_force_at_once_and_remembers():
    async with scripted(answering(ok())) as upstream, edge_gateway(services=()) as gateway:
        found = []
        for limit in (3, 3, 3, 2, 4, 5000, 3, None):
            gateway.configure(route(rate_limit_rpm=limit), services=(service(upstream.port),))
            found += await statuses(gateway, get("/"))
        assert found == [200, 200, 200, 429, 200, 200, 429, 200]


@pytest.mark.parametrize("credential", ["", bearer(), bearer(exp=1)])
async def test_g323_g346_a_refused_caller_spends_nothing_and_never_sees_429(credential):
    guarded = route(requires_auth=True, required_permissions=("read",), rate_limit_rpm=1)
    async with (
        scripted(answering(ok())) as upstream,
        edge_gateway(guarded, services=(service(upstream.port),)) as gateway,
    ):
        refused, allowed = get("/", *filter(None, [credential])), get("/", bearer(permissions=["read"]))
        status = 403 if credential == bearer() else 401
        assert await statuses(gateway, *[refused] * 3, allowed, allowed) == [status] * 3 + [200, 429]
        found = await answers(gateway, refused)
        assert (found[0].status, found[0].header(LIMIT)) == (status, None)


async def test_g323_the_limit_is_judged_before_the_body_and_the_instances():
    limited = route(methods=("GET", "POST"), rate_limit_rpm=2, max_body_bytes=3)
    async with edge_gateway(limited, services=(service(),)) as gateway:
        first = (await answers(gateway, get("/")))[0]
        assert (first.status, first.header(REMAINING)) == (503, b"1")
        second = (await answers(gateway, post("/", b"long body")))[0]
        assert (second.status, second.header(REMAINING)) == (413, b"0")
        assert await statuses(gateway, get("/")) == [429]
        assert await statuses(gateway, post("/", b"long body")) == [429]


async def test_g346_an_answer_from_the_cache_spends_the_limit():
    fresh = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"
    cached = route(rate_limit_rpm=3, cache_enabled=True)
    async with (
        scripted(answering(fresh)) as upstream,
        edge_gateway(cached, services=(service(upstream.port),)) as gateway,
    ):
        found = await answers(gateway, *[get("/")] * 4)
        assert [answer.status for answer in found] == [200, 200, 200, 429]
        assert [answer.header(REMAINING) for answer in found] == [b"2", b"1", b"0", b"0"]
        assert sum(connection.received.count(b"GET / ") for connection in upstream.connections) == 1


async def test_g345_the_fields_of_an_instance_give_way_to_the_gateways():
    own = b"HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 7\r\nx-ratelimit-reset: 8\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n"
    async with (
        scripted(answering(own)) as upstream,
        edge_gateway(route(rate_limit_rpm=5), services=(service(upstream.port),)) as gateway,
    ):
        found = (await answers(gateway, get("/")))[0]
        names = [name for name, _value in found.headers]
        assert (found.header(LIMIT), found.header(b"x-kept")) == (b"5", b"1")
        assert [names.count(name) for name in (LIMIT, REMAINING, RESET)] == [1, 1, 1]
        gateway.configure(route(rate_limit_rpm=None), services=(service(upstream.port),))
        assert (await answers(gateway, get("/")))[0].header(LIMIT) == b"7"
