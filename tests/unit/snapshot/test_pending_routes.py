"""A route is compiled when its first request comes, and serves it as if it had been before (G-103, G-504)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from permissions.spec import ConsumerSpec
from proxy.limiting import judged
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.route_compiler import PendingRoute
from proxy.snapshot.snapshot import CompiledRoute
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

SERVICE = ServiceSpec(
    id="id-a",
    name="a",
    instances=(InstanceSpec(id="one", instance_id="one", scheme="http", host="127.0.0.1", port=9),),
)
SPLIT = {"traffic_split": {"rules": [{"split": [{"service": "b"}]}]}}


def a_route(name: str = "one", **fields: Any) -> RouteSpec:
    values = {"path_kind": "prefix", "target_url": "/*", "requires_auth": False, "rate_limit_rpm": None, **fields}
    return RouteSpec(id=name, service_id="id-a", service_name="a", path_pattern=f"/{name}/*", **values)


def runtime_of(configuration: Configuration) -> GatewayRuntime:
    runtime = GatewayRuntime(GatewayOptions(access_log=""))
    runtime.apply(configuration)
    return runtime


def compiled(service: ServiceSpec = SERVICE, **fields: Any) -> CompiledRoute:
    return runtime_of(Configuration(revision=1, routes=(a_route(**fields),), services=(service,))).snapshot.compiled[
        "one"
    ]


def is_limited(route: CompiledRoute) -> bool:
    return any(getattr(decide, "__module__", "") == judged.__name__ for decide in route.chain)


def test_a_route_waits_for_its_first_request_and_is_then_an_ordinary_one():
    route = compiled()
    assert type(route) is PendingRoute
    assert route.service.spec is SERVICE
    assert type(route) is PendingRoute, "its service tells nothing of it"
    assert route.chain
    assert type(route) is CompiledRoute
    assert (route.problem, route.compiler) == ("", None)
    assert route.target(b"/one/x", ((5, 6),)) == b"/x"


def test_what_a_route_has_not_got_is_not_there_either():
    with pytest.raises(AttributeError):
        compiled().nothing_of_this_name  # noqa: B018 - looked at on purpose


def test_a_limit_of_its_service_is_heeded_by_a_route_that_waited():
    route = compiled(replace(SERVICE, rate_limit_rpm=5))
    assert type(route) is PendingRoute
    assert is_limited(route)
    assert not is_limited(compiled())


@pytest.mark.parametrize(
    "changes",
    [
        {"routes": (a_route(plugins={"nonsense": {}}),)},
        {"routes": (a_route(problem="it is broken"),)},
        {"services": (replace(SERVICE, plugins=SPLIT),)},
        {"services": (replace(SERVICE, problem="it is broken"),)},
        {"services": ()},
        {"plugins": {"nonsense": {}}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_g504_what_may_not_work_is_tried_at_once_and_known(changes):
    configuration = Configuration(revision=1, routes=(a_route(),), services=(SERVICE,))
    snapshot = runtime_of(replace(configuration, **changes)).snapshot
    assert type(snapshot.compiled["one"]) is CompiledRoute
    assert snapshot.broken == {"one"}
    assert snapshot.problems >= 1


def test_g504_a_route_that_turns_out_broken_answers_its_error_and_harms_no_other():
    routes = (a_route(load_balance_strategy="nonsense"), a_route("two"))
    snapshot = runtime_of(Configuration(revision=1, routes=routes, services=(SERVICE,))).snapshot
    assert "nonsense" in snapshot.compiled["one"].problem
    assert snapshot.compiled["one"].chain == ()
    assert not snapshot.compiled["two"].problem


def test_a_route_that_waits_still_is_taken_over_and_heeds_plugins_that_come():
    runtime = runtime_of(Configuration(revision=1, routes=(a_route(), a_route("two")), services=(SERVICE,)))
    two = runtime.snapshot.compiled["two"]
    before = runtime.snapshot.configuration
    runtime.apply(replace(before, revision=2, routes=(a_route(priority=1), before.routes[1])))
    assert runtime.snapshot.compiled["two"] is two
    limited = replace(SERVICE, rate_limit_rpm=5)
    runtime.apply(replace(runtime.snapshot.configuration, revision=3, services=(limited,)))
    assert is_limited(runtime.snapshot.compiled["two"])


def test_a_consumer_with_plugins_has_its_own_chain_of_a_route_that_waited():
    consumer = ConsumerSpec(id="c", name="c", plugins={"mirror": {"service": "a"}})
    configuration = Configuration(
        revision=1, routes=(a_route(requires_auth=True),), services=(SERVICE,), consumers=(consumer,)
    )
    route = runtime_of(configuration).snapshot.compiled["one"]
    assert type(route) is PendingRoute
    assert "ConsumerChains" in {type(decide).__name__ for decide in route.chain}
