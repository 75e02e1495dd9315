"""A snapshot takes over what has not changed, and answers as one that was made from nothing (G-104, G-504)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.spec import ConsumerSpec, IssuerSpec
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

ISSUER = IssuerSpec(id="i", name="i", issuer="i", algorithms=("HS256",), secret="s" * 32)


def a_service(name: str, *ports: int, **fields: Any) -> ServiceSpec:
    instances = tuple(
        InstanceSpec(id=f"{name}-{port}", instance_id=str(port), scheme="http", host="127.0.0.1", port=port)
        for port in ports
    )
    return ServiceSpec(id=f"id-{name}", name=name, instances=instances, **fields)


def a_route(name: str, service: str = "a", **fields: Any) -> RouteSpec:
    values = {"path_pattern": f"/{name}/*", "target_url": "/*", "path_kind": "prefix", "requires_auth": False, **fields}
    return RouteSpec(id=name, service_id=f"id-{service}", service_name=service, **values)


A, B = a_service("a", 1), a_service("b", 2)
ONE, TWO, THREE = a_route("one"), a_route("two", "b"), a_route("three")
BASE = Configuration(revision=1, routes=(ONE, TWO, THREE), services=(A, B))


@pytest.fixture
def runtime() -> GatewayRuntime:
    made = GatewayRuntime(GatewayOptions(access_log=""))
    made.apply(BASE)
    return made


def same_after(runtime: GatewayRuntime, **changes: Any) -> set[str]:
    """The ids of the routes that were taken over."""
    before = dict(runtime.snapshot.compiled)
    runtime.apply(replace(BASE, revision=2, **changes))
    return {key for key, route in runtime.snapshot.compiled.items() if before.get(key) is route}


def test_one_changed_route_is_compiled_and_the_others_are_taken_over(runtime):
    assert same_after(runtime, routes=(replace(ONE, priority=1), TWO, THREE)) == {"two", "three"}
    assert runtime.snapshot.compiled["one"].spec.priority == 1


def test_equal_specs_of_another_document_are_the_same(runtime):
    assert same_after(runtime, routes=(replace(ONE), replace(TWO), replace(THREE))) == {"one", "two", "three"}


def test_a_route_that_is_gone_and_one_that_is_new(runtime):
    assert same_after(runtime, routes=(ONE, THREE, a_route("four"))) == {"one", "three"}
    find = runtime.snapshot.table.match
    assert find("GET", "", b"/two/x", None, b"", "") is None
    assert find("GET", "", b"/four/x", None, b"", "") is not None


def test_a_changed_service_takes_its_own_routes_along(runtime):
    assert same_after(runtime, services=(A, a_service("b", 2, 3))) == {"one", "three"}
    assert len(runtime.snapshot.compiled["two"].service.usable) == 2


def test_a_route_whose_plugins_may_name_a_changed_service_is_compiled(runtime):
    split = {"traffic_split": {"rules": [{"split": [{"service": "b"}]}]}}
    routes = (replace(ONE, plugins=split), TWO, THREE)
    runtime.apply(replace(BASE, routes=routes))
    assert same_after(runtime, routes=routes, services=(A, a_service("b", 9))) == {"three"}


def test_plugins_of_consumers_and_of_services_may_name_a_changed_service_too(runtime):
    split = {"traffic_split": {"rules": [{"split": [{"service": "b"}]}]}}
    later = a_service("b", 9)
    consumer = ConsumerSpec(id="c", name="c", plugins=split)
    runtime.apply(replace(BASE, consumers=(consumer,)))
    assert same_after(runtime, consumers=(consumer,), services=(A, later)) == set()
    bound = replace(A, plugins=split)
    runtime.apply(replace(BASE, services=(bound, B)))
    assert same_after(runtime, services=(bound, later)) == set()


def test_a_route_broken_for_want_of_a_service_that_its_own_service_names_is_mended(runtime):
    bound = replace(A, plugins={"traffic_split": {"rules": [{"split": [{"service": "b"}]}]}})
    runtime.apply(replace(BASE, services=(bound,)))
    assert runtime.snapshot.compiled["one"].problem
    runtime.apply(replace(BASE, services=(bound, B)))
    assert not runtime.snapshot.compiled["one"].problem


def test_a_service_that_was_missing_mends_its_routes(runtime):
    runtime.apply(replace(BASE, services=(A,)))
    assert runtime.snapshot.compiled["two"].problem
    assert same_after(runtime) == {"one", "three"}
    assert not runtime.snapshot.compiled["two"].problem


@pytest.mark.parametrize(
    "changes",
    [
        {"issuers": (ISSUER,)},
        {"plugins": {"cors": {"allow_origins": ["https://a.example"]}}},
        {"routes": (ONE, TWO, replace(THREE, cache_enabled=True))},
    ],
)
def test_what_any_request_may_depend_on_takes_all_along(runtime, changes):
    verified = runtime.snapshot.parts.principals
    assert same_after(runtime, **changes) == set()
    assert runtime.snapshot.parts.principals is not verified, "what was verified is verified anew (G-009)"


SERVICES = st.sampled_from([(A, B), (A,), (B,), (A, a_service("b", 2, 3)), (a_service("a", 7), B)])
ROUTES = st.lists(
    st.builds(
        lambda name, service, priority, plugins, broken: a_route(
            name,
            service,
            priority=priority,
            plugins=plugins,
            **({"path_pattern": "/(", "path_kind": "regex"} if broken else {}),
        ),
        st.sampled_from("pqrstu"),
        st.sampled_from("ab"),
        st.integers(0, 1),
        st.sampled_from([{}, {}, {"mirror": {"service": "b"}}, {"nonsense": 1}]),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=6,
    unique_by=lambda route: route.id,
)


def told(runtime: GatewayRuntime) -> dict[str, Any]:
    snapshot = runtime.snapshot
    return {
        key: (route.spec, route.problem, route.service.spec, [decide.__qualname__ for decide in route.chain])
        for key, route in snapshot.compiled.items()
    } | {
        path: found and found[0].spec
        for name in "pqrstu"
        for path in [f"/{name}/x"]
        for found in [snapshot.table.match("GET", "", path.encode(), None, b"", "")]
    }


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(ROUTES, SERVICES), min_size=2, max_size=5))
def test_g504_a_reused_snapshot_is_as_one_made_from_nothing(steps):
    kept = GatewayRuntime(GatewayOptions(access_log=""))
    for number, (routes, services) in enumerate(steps):
        configuration = Configuration(revision=number + 1, routes=tuple(routes), services=services)
        fresh = GatewayRuntime(GatewayOptions(access_log=""))
        kept.apply(configuration)
        fresh.apply(configuration)
        assert told(kept) == told(fresh)
