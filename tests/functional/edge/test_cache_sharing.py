"""The response cache on the real edge: who shares what with whom, who waits, which routes take part (G-405, R-18)."""

from __future__ import annotations

import asyncio

import pytest

from permissions.spec import ConsumerSpec
from proxy.stages.serve_from_cache import Invalidate, ServeFromCache
from services.spec import BreakerSpec, HealthSpec
from tests.common.cached_origin import FRESH, Origin, ask, cached, exchange_all, reply, words
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import scripted


async def test_g405_two_hundred_misses_at_once_are_one_fetch():
    origin = Origin(reply(FRESH), delay=0.3)
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),)) as gateway,
    ):
        found = await asyncio.gather(*[ask(gateway, get("/x")) for _ in range(200)])
    assert len(origin.heads) == 1
    assert {answers[0].body for answers in found} == {b"000000"}
    assert sorted(words([answers[0] for answers in found])) == [b"hit"] * 199 + [b"miss"]


async def test_g405_when_the_reply_may_not_be_kept_those_who_waited_go_at_once():
    origin = Origin(reply(b"Cache-Control: no-store"), delay=0.3)
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),)) as gateway,
    ):
        began = asyncio.get_running_loop().time()
        found = await asyncio.gather(*[ask(gateway, get("/x")) for _ in range(20)])
        assert asyncio.get_running_loop().time() - began < 3
    assert len({answers[0].body for answers in found}) == 20


async def test_g405_who_waited_in_vain_still_has_the_routes_time_and_no_instance_is_blamed_for_it():
    origin = Origin(reply(), delay=2.2)
    policy = {"breaker": BreakerSpec(max_failures=2), "health": HealthSpec(eject_after=2)}
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(timeout_seconds=4.0), services=(service(upstream.port, **policy),)) as gateway,
    ):
        found = await asyncio.gather(*[ask(gateway, get("/x")) for _ in range(5)])
        assert [answers[0].status for answers in found] == [200] * 5
        assert (await ask(gateway, get("/y")))[0].status == 200


async def test_g405_a_leader_whose_client_leaves_is_followed_by_another():
    origin = Origin(reply(FRESH), delay=0.3)
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(), services=(service(upstream.port),)) as gateway,
    ):
        leaver = RawClient(gateway.port)
        await leaver.__aenter__()
        await leaver.send(get("/x"))
        while not origin.heads:
            await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(ask(gateway, get("/x"))) for _ in range(5)]
        await asyncio.sleep(0.05)
        leaver.writer.transport.abort()
        found = await asyncio.gather(*waiting)
    assert {answers[0].body for answers in found} == {b"000001"}


async def test_g346_g323_a_hit_spends_the_limit_and_never_skips_the_caller():
    origin = Origin(reply(b"Cache-Control: s-maxage=60"))
    guarded = cached(requires_auth=True, required_permissions=("read",), rate_limit_rpm=2)
    requests = [
        get("/x", bearer(permissions=["read"])),
        get("/x", bearer(permissions=["read"])),
        get("/x"),
        get("/x", bearer()),
        get("/x", bearer(permissions=["read"])),
    ]
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(guarded, services=(service(upstream.port),)) as gateway,
    ):
        found = await ask(gateway, *requests)
    assert [answer.status for answer in found] == [200, 200, 401, 403, 429]
    assert words(found) == [b"miss", b"hit", None, None, None]
    assert found[1].header(b"x-ratelimit-remaining") == b"0"


async def test_c2_nobody_is_given_what_was_made_for_somebody_else():
    async def script(connection) -> None:
        while True:
            head = await connection.read_head()
            user = head.split(b"x-user-id: ")[1].split(b"\r")[0]
            await connection.send(reply(FRESH, body=b"for " + user))

    async with (
        scripted(script) as upstream,
        edge_gateway(cached(requires_auth=True), services=(service(upstream.port),)) as gateway,
    ):
        for _ in range(50):
            found = await ask(gateway, *[get("/x", bearer(user)) for user in ("ann", "bob")])
            assert [answer.body for answer in found] == [b"for ann", b"for bob"]
        assert words(found) == [b"hit", b"hit"]
        assert sum(connection.received.count(b"GET") for connection in upstream.connections) == 2


async def test_c2_a_reply_that_says_so_is_shared_unless_it_varies_by_the_user():
    found = await exchange_all(
        Origin(reply(b"Cache-Control: public, max-age=60")),
        get("/x", bearer("ann")), get("/x", bearer("bob")), requires_auth=True,
    )  # fmt: skip
    assert words(found) == [b"miss", b"hit"]
    found = await exchange_all(
        Origin(reply(b"Cache-Control: public, max-age=60", b"Vary: X-User-ID")),
        get("/x", bearer("ann")), get("/x", bearer("bob")), requires_auth=True,
    )  # fmt: skip
    assert words(found) == [b"miss", b"miss"]
    found = await exchange_all(Origin(reply(FRESH)), *[get("/x", "Authorization: Basic eA==")] * 2)
    assert words(found) == [b"miss", b"miss"]


async def test_g405_a_changed_route_serves_nothing_an_older_one_fetched():
    origin = Origin(reply(FRESH))
    async with scripted(origin.script) as upstream, edge_gateway(services=()) as gateway:
        found = []
        for target in ("/a/*", "/a/*", "/b/*"):
            gateway.configure(cached(target_url=target), services=(service(upstream.port),))
            found += await ask(gateway, get("/x"))
    assert words(found) == [b"miss", b"hit", b"miss"]


@pytest.mark.parametrize(("caches", "stages"), [(True, 1), (False, 0)])
async def test_g405_a_route_without_a_cache_has_no_stage_for_it(caches, stages):
    async with edge_gateway(route(cache_enabled=caches), services=(service(9),)) as gateway:
        found = gateway.runtime.snapshot.table.match("GET", "gateway.test", b"/x", lambda name: None, b"", "")
        assert found is not None
        assert sum(isinstance(decide, ServeFromCache) for decide in found[0].chain) == stages


async def test_g405_only_routes_that_can_change_something_watch_for_changes():
    routes = (route("/a", "/", methods=("GET",)), route("/b", "/"), cached(path_pattern="/c", target_url="/"))
    for count, caches in enumerate((routes[:2], routes)):
        async with edge_gateway(*caches, services=(service(9),)) as gateway:
            chains = [
                gateway.runtime.snapshot.table.match("GET", "g", path, lambda name: None, b"", "")[0].chain
                for path in (b"/a", b"/b")
            ]
            watching = [sum(isinstance(decide, Invalidate) for decide in chain) for chain in chains]
            assert watching == [0, count]


async def test_c1_what_a_trusted_proxy_tells_of_the_address_chooses_the_reply_and_a_strangers_word_does_not():
    for trusted, wanted in ((("127.0.0.1",), [b"miss", b"miss", b"miss", b"hit"]), ((), [b"miss"] + [b"hit"] * 3)):
        origin = Origin(reply(FRESH))
        requests = [
            get("/x", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1"),
            get("/x", "X-Forwarded-Proto: http"),
            get("/x", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test"),
            get("/x", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.2"),
        ]
        async with (
            scripted(origin.script) as upstream,
            edge_gateway(cached(), services=(service(upstream.port),), trusted_proxies=trusted) as gateway,
        ):
            assert words(await ask(gateway, *requests)) == wanted


async def test_g405_the_routes_own_time_does_not_apply_where_cookies_may_make_a_difference():
    requests = [get("/x", "Cookie: s=1"), get("/x", "Cookie: s=1"), get("/x"), get("/x"), get("/x", "Cookie: s=1")]
    assert words(await exchange_all(Origin(reply()), *requests)) == [b"miss", b"miss", b"miss", b"hit", b"miss"]
    assert words(await exchange_all(Origin(reply(FRESH)), *requests[:2])) == [b"miss", b"hit"]


async def test_g405_consumers_with_plugins_of_their_own_are_refreshed_too():
    origin = Origin(
        reply(b"Cache-Control: s-maxage=0, stale-while-revalidate=60"), reply(b"Cache-Control: s-maxage=60")
    )
    consumer = ConsumerSpec(
        id="c",
        name="shop",
        jwt_subject="ann",
        plugins={"change_headers": {"request": {"set": {"X-Shop": "1"}}}},
    )
    async with scripted(origin.script) as upstream, edge_gateway(services=()) as gateway:
        gateway.configure(
            cached(requires_auth=True), services=(service(upstream.port),), consumers=(consumer,)
        )  # fmt: skip
        found = await ask(gateway, *[get("/x", bearer("ann"))] * 2)
        for _ in range(200):
            if len(origin.heads) == 2 and not gateway.runtime.live.cache._refreshes:
                break
            await asyncio.sleep(0.01)
        found += await ask(gateway, get("/x", bearer("ann")))
    assert words(found) == [b"miss", b"stale", b"hit"]
    assert all(b"x-shop: 1" in head for head in origin.heads)


@pytest.mark.parametrize("name", ["authorization", "cookie"])
async def test_c3_a_field_that_becomes_a_credential_on_its_way_up_keeps_the_reply_to_whoever_sent_it(name):
    origin = Origin(reply())
    rename = {"change_headers": {"request": {"rename": {"x-token": name}}}}
    async with (
        scripted(origin.script) as upstream,
        edge_gateway(cached(plugins=rename), services=(service(upstream.port),)) as gateway,
    ):
        found = await ask(gateway, *[get("/x", f"X-Token: {who}") for who in ("alice", "bob", "alice")])
        assert words(found) == [b"miss"] * 3
        assert len({answer.body for answer in found}) == 3


@pytest.mark.parametrize("field", ["X-API-Key", "apikey"])
async def test_c3_a_key_that_the_service_checks_itself_is_no_request_for_what_all_may_see(field):
    requests = [get("/x", *fields) for fields in ((f"{field}: alice",), (f"{field}: bob",), (), ())]
    assert words(await exchange_all(Origin(reply()), *requests)) == [b"miss", b"miss", b"miss", b"hit"]
    assert words(await exchange_all(Origin(reply(FRESH)), *requests)) == [b"miss", b"hit", b"hit", b"hit"]
