"""Limits of every level on the real edge: all apply, a refusal spends nothing, the tightest is told (G-342…G-346)."""

from __future__ import annotations

import pytest

from permissions.spec import ConsumerSpec
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from tests.common.consumer_credentials import KEY, OTHER_KEY, SHOP, key_credential
from tests.common.edge_gateway import bearer, edge_gateway, route, service
from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import answering, ok, scripted

LIMIT, REMAINING = b"x-ratelimit-limit", b"x-ratelimit-remaining"


def rule(by: str, limit: int, window_seconds: int = 60) -> dict[str, object]:
    return {"by": by, "limit": limit, "window_seconds": window_seconds}


def rules(*given: dict[str, object]) -> dict[str, object]:
    return {"rate_limit": {"rules": list(given)}}


async def told(gateway, *requests: bytes) -> list[tuple[int, int, int]]:
    """Status, limit and remaining of each answer; -1 where no limit is told."""
    async with RawClient(gateway.port) as client:
        answers = [await client.ask(request) for request in requests]
    return [(one.status, int(one.header(LIMIT) or -1), int(one.header(REMAINING) or -1)) for one in answers]


async def statuses(gateway, *requests: bytes) -> list[int]:
    return [status for status, _limit, _remaining in await told(gateway, *requests)]


@pytest.fixture
async def upstream():
    async with scripted(answering(ok())) as running:
        yield running


@pytest.fixture
async def gateway(upstream):
    async with edge_gateway(services=(service(upstream.port),), trusted_proxies=("127.0.0.1",)) as running:
        running.upstream = upstream
        yield running


def configure(gateway, *routes, on_service=None, **fields) -> None:
    gateway.configure(*routes, services=(service(gateway.upstream.port, **(on_service or {})),), **fields)


def from_address(last: int, path: str = "/x", *lines: str) -> bytes:
    return get(path, f"X-Forwarded-For: 192.0.2.{last}", *lines)


async def test_g342_a_limit_of_the_service_is_one_for_all_its_routes_and_callers(gateway):
    limited = [route(f"/{name}/*", rate_limit_rpm=None) for name in "ab"]
    configure(gateway, *limited, on_service={"rate_limit_rpm": 3})
    asked = [from_address(1, "/a/x"), from_address(2, "/b/x"), from_address(3, "/a/x"), from_address(4, "/b/x")]
    assert await told(gateway, *asked) == [(200, 3, 2), (200, 3, 1), (200, 3, 0), (429, 3, 0)]


async def test_g342_a_limit_of_a_consumer_counts_over_all_routes_and_only_its_requests(gateway):
    consumers = (ConsumerSpec(id="c1", name="app", jwt_subject="app", rate_limit_rpm=2),)
    routes = [route(f"/{name}/*", requires_auth=True, rate_limit_rpm=None) for name in "ab"]
    configure(gateway, *routes, consumers=consumers)
    own, other = bearer("app"), bearer("other")
    asked = [get("/a/x", own), get("/b/x", own), get("/a/x", own), get("/a/x", other)]
    assert await told(gateway, *asked) == [(200, 2, 1), (200, 2, 0), (429, 2, 0), (200, -1, -1)]


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("address", [200, 200, 429, 200]),
        ("caller", [200, 429, 200, 200]),
        ("user", [200, 429, 200, 200]),
        ("route", [200, 429, 429, 429]),
        ("service", [200, 429, 429, 429]),
        ("global", [200, 429, 429, 429]),
    ],
)
async def test_g342_a_rule_counts_whom_it_names(gateway, by: str, wanted: list[int]):
    configure(gateway, route(requires_auth=True, rate_limit_rpm=None, plugins=rules(rule(by, 1))))
    callers = [(1, "a"), (2, "a"), (1, "b"), (3, "c")]
    assert await statuses(gateway, *[from_address(last, "/x", bearer(name)) for last, name in callers]) == wanted


async def test_g342_a_rule_by_consumer_tells_consumers_apart_and_leaves_others_alone(gateway):
    consumers = tuple(ConsumerSpec(id=name, name=name, jwt_subject=name) for name in ("one", "two"))
    limited = route(requires_auth=True, rate_limit_rpm=None, plugins=rules(rule("consumer", 1)))
    configure(gateway, limited, consumers=consumers)
    asked = [get("/", bearer(name)) for name in ("one", "two", "one", "two", "nobody", "nobody")]
    assert await statuses(gateway, *asked) == [200, 200, 429, 429, 200, 200]


async def test_g342_consumers_known_by_a_key_are_callers_of_their_own_and_no_users(gateway):
    consumers = (SHOP, ConsumerSpec(id="2", name="bank"))
    credentials = (key_credential(KEY), key_credential(OTHER_KEY, "bank"))
    plugins = {"key_auth": {}, **rules(rule("caller", 1))}
    configure(gateway, route(rate_limit_rpm=None, plugins=plugins), consumers=consumers, credentials=credentials)
    asked = [get("/", f"X-API-Key: {key}") for key in (KEY, OTHER_KEY, KEY)]
    assert await statuses(gateway, *asked) == [200, 200, 429]
    by_user = {"key_auth": {}, **rules(rule("user", 1))}
    configure(gateway, route(rate_limit_rpm=None, plugins=by_user), consumers=consumers, credentials=credentials)
    assert await told(gateway, *asked) == [(200, -1, -1)] * 3


async def test_g342_a_rule_by_user_leaves_those_alone_whom_nobody_knows(gateway):
    configure(gateway, route(rate_limit_rpm=None, plugins=rules(rule("user", 1))))
    assert await told(gateway, get("/"), get("/")) == [(200, -1, -1)] * 2


async def test_g342_a_rule_counts_within_what_it_is_bound_to(gateway):
    routes = [route("/a/*", rate_limit_rpm=None), route("/b/*", rate_limit_rpm=None)]
    asked = [get("/a/x"), get("/b/x"), get("/a/x")]
    configure(gateway, *routes, on_service={"plugins": rules(rule("global", 2))})
    assert await statuses(gateway, *asked) == [200, 200, 429]
    configure(gateway, *routes, plugins=rules(rule("route", 1)))
    assert await statuses(gateway, *asked) == [200, 200, 429], "each route for itself"
    configure(gateway, *[route(f"/{name}/*", rate_limit_rpm=None, plugins=rules(rule("global", 1))) for name in "ab"])
    assert await statuses(gateway, *asked) == [200, 200, 429], "bound twice, counted twice"


async def test_g342_limits_of_all_levels_add_up_and_the_tightest_is_told(gateway):
    limited = route(rate_limit_rpm=10, plugins=rules(rule("caller", 4, 30)))
    bound = {"plugins": rules(rule("service", 3, 10)), "rate_limit_rpm": 8}
    configure(gateway, limited, on_service=bound, plugins=rules(rule("global", 100, 3600)))
    assert await told(gateway, *[get("/")] * 4) == [(200, 3, 2), (200, 3, 1), (200, 3, 0), (429, 3, 0)]
    configure(gateway, limited, on_service={**bound, "plugins": {}}, plugins=rules(rule("global", 100, 3600)))
    assert await told(gateway, get("/"), get("/")) == [(200, 4, 0), (429, 4, 0)]


async def test_g342_what_one_limit_refuses_is_not_counted_by_the_others(gateway):
    limited = route(rate_limit_rpm=None, plugins=rules(rule("address", 1), rule("route", 3)))
    configure(gateway, limited)
    assert await statuses(gateway, *[from_address(1)] * 5) == [200, 429, 429, 429, 429]
    assert await told(gateway, *[from_address(last) for last in (2, 3, 4)]) == [(200, 1, 0), (200, 1, 0), (429, 3, 0)]


async def test_g342_of_two_rules_for_the_same_the_smaller_says_all(gateway):
    configure(gateway, route(rate_limit_rpm=5, plugins=rules(rule("caller", 3), rule("caller", 4))))
    assert await told(gateway, get("/")) == [(200, 3, 2)]


async def test_a_binding_that_switches_the_plugin_off_ends_the_wider_rules(gateway):
    off = {"rate_limit": {"enabled": False}}
    bound = rules(rule("global", 1))
    configure(gateway, route(rate_limit_rpm=None, plugins=off), on_service={"plugins": bound}, plugins=bound)
    assert await told(gateway, get("/"), get("/")) == [(200, -1, -1)] * 2


async def test_a_consumers_own_rules_come_on_top(gateway):
    consumers = (ConsumerSpec(id="c1", name="app", jwt_subject="app", plugins=rules(rule("consumer", 1))),)
    limited = route(requires_auth=True, rate_limit_rpm=None, plugins=rules(rule("user", 2)))
    configure(gateway, limited, consumers=consumers)
    asked = [get("/", bearer(name)) for name in ("app", "app", "other", "other", "other")]
    assert await told(gateway, *asked) == [(200, 1, 0), (429, 1, 0), (200, 2, 1), (200, 2, 0), (429, 2, 0)]


async def test_g342_the_bucket_of_a_service_lets_its_peak_through_and_refills(gateway):
    configure(gateway, route(rate_limit_rpm=None), on_service={"limiter_rate": 0.5, "limiter_peak": 3})
    found = await told(gateway, *[get("/")] * 4)
    assert found == [(200, 3, 2), (200, 3, 1), (200, 3, 0), (429, 3, 0)]
    async with RawClient(gateway.port) as client:
        assert (await client.ask(get("/"))).header(b"retry-after") in (b"1", b"2")


async def test_a_bucket_without_a_size_holds_what_comes_in_a_second(gateway):
    configure(gateway, route(rate_limit_rpm=None), on_service={"limiter_rate": 7.0})
    assert await told(gateway, get("/")) == [(200, 7, 6)]
    configure(gateway, route(rate_limit_rpm=None), on_service={"limiter_rate": 0.01})
    assert await statuses(gateway, get("/"), get("/")) == [429, 429], "one at least, and the first was counted"


def test_the_path_to_the_control_plane_has_no_limits():
    consumers = (ConsumerSpec(id="c1", name="app", jwt_subject="app", rate_limit_rpm=1),)
    configured = Configuration(revision=1, consumers=consumers, plugins=rules(rule("global", 1)))
    lengths = []
    for configuration in (Configuration(revision=1), configured):
        runtime = GatewayRuntime(GatewayOptions(access_log=""), "/nowhere")
        runtime.apply(configuration)
        lengths.append(len(runtime.snapshot.control_route.chain))
    assert lengths[0] == lengths[1]
