"""G-503: the report of a configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from permissions.spec import ConsumerSpec
from proxy.conflicts.conflict import SEVERITIES, Conflict
from proxy.conflicts.conflicts import conflicts
from proxy.snapshot.configuration import Configuration
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec
from tests.unit.routing_core.routes import a_route

ONE = InstanceSpec(id="i", instance_id="i", scheme="http", host="127.0.0.1", port=1)
GOOD = ServiceSpec(id="s", name="s", instances=(ONE,))


def found(*routes: RouteSpec, services: tuple[ServiceSpec, ...] = (GOOD,), **fields: Any) -> list[Conflict]:
    return conflicts(Configuration(revision=1, routes=routes, services=services, **fields))


def kinds(report: list[Conflict]) -> list[tuple[str, str]]:
    return [(one.kind, one.subject_id) for one in report]


def test_g503_a_sound_configuration_has_no_conflicts() -> None:
    assert found(a_route("/a"), a_route("/b", id="b")) == []


def test_g503_two_routes_for_the_same_requests_are_duplicates_and_the_earlier_is_named() -> None:
    report = found(a_route("/a", id="old"), a_route("/a", id="new", version="v2", created_at=1.0))
    assert kinds(report) == [("duplicate", "new")]
    assert report[0].by == ("old",)
    assert report[0].text == "a route that comes before it takes the same requests"
    assert (report[0].severity, report[0].name) == ("warning", "/a")


def test_g503_a_broader_route_before_others_shadows_them() -> None:
    report = found(a_route("/*", id="all", priority=1), a_route("/a", id="a", name="mine"))
    assert [(one.kind, one.name, one.by) for one in report] == [("shadowed", "mine", ("all",))]


@pytest.mark.parametrize(
    "route",
    [
        a_route("/admin"),
        a_route("/admin/*"),
        a_route("/console/*/x"),
        a_route("/health", path_kind="prefix"),
        a_route("^/metrics/.*", path_kind="regex"),
    ],
    ids=lambda route: str(route.path_pattern),
)
def test_g503_a_route_of_reserved_paths_alone_is_unreachable(route: RouteSpec) -> None:
    assert kinds(found(route)) == [("reserved", "r")]


def test_g503_a_route_of_reserved_and_other_paths_is_not() -> None:
    assert found(a_route("/*"), a_route("/(admin|a)", id="regex", path_kind="regex", priority=1)) == []


@pytest.mark.parametrize("status", ["unhealthy", "draining"])
def test_g503_a_route_to_a_service_without_an_instance_that_may_be_asked(status: Any) -> None:
    empty = ServiceSpec(id="s", name="s")
    out = ServiceSpec(id="s", name="s", instances=(replace(ONE, status=status),))
    assert [one.text for one in found(a_route(), services=(empty,))] == ["service s has not an instance"]
    assert [one.text for one in found(a_route(), services=(out,))] == [
        "service s has not an instance that may be asked"
    ]


@pytest.mark.parametrize(
    ("plugins", "expected"),
    [
        ({"redirect": {"location": "/b"}}, []),
        ({"redirect": {"https": True}}, [("route_without_instances", "r")]),
        ({"redirect": {"location": "/b", "enabled": False}}, [("route_without_instances", "r")]),
        ({"aggregate": {"parts": {"x": {"path": "/", "service": "s"}}}}, []),
        ({"aggregate": {"parts": {"x": {"path": "/"}}}}, [("route_without_instances", "r")]),
    ],
)
def test_g503_a_route_that_never_asks_its_service_needs_no_instance(
    plugins: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    empty = ServiceSpec(id="empty", name="empty")
    route = replace(a_route(plugins=plugins), service_id="empty", service_name="empty")
    report = found(route, a_route("/used", id="user"), services=(GOOD, empty))
    assert kinds(report) == expected


def test_g503_instances_that_no_route_leads_to() -> None:
    other = ServiceSpec(id="o", name="other", instances=(ONE, replace(ONE, id="j")))
    report = found(a_route(), services=(GOOD, other))
    assert kinds(report) == [("instances_without_routes", "o")]
    assert (report[0].text, report[0].severity) == ("no active route leads to its 2 instances", "info")


@pytest.mark.parametrize(
    "fields",
    [
        {"plugins": {"mirror": {"service": "other"}}},
        {"consumers": (ConsumerSpec(id="c", name="c", plugins={"mirror": {"service": "other"}}),)},
    ],
)
def test_g503_a_service_that_plugins_name_is_used(fields: dict[str, Any]) -> None:
    other = ServiceSpec(id="o", name="other", instances=(ONE,))
    assert found(a_route(), services=(GOOD, other), **fields) == []
    split = {"traffic_split": {"rules": [{"split": [{"service": "other"}]}]}}
    assert found(a_route(plugins=split), services=(GOOD, other)) == []


def test_g503_permissions_that_no_route_requires() -> None:
    configuration = Configuration(revision=1, routes=(a_route(required_permissions=("a",)),), services=(GOOD,))
    assert kinds(conflicts(configuration, ["b", "a", "c"])) == [("permission_unused", "b"), ("permission_unused", "c")]


def test_g503_a_route_that_cannot_be_compiled_is_a_problem_not_a_conflict() -> None:
    assert found(a_route("/(", path_kind="regex"), a_route("/b", id="b")) == []


def test_every_kind_has_a_severity() -> None:
    assert set(SEVERITIES.values()) == {"warning", "info"}
