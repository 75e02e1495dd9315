"""Which requests would go elsewhere, from two configurations and what was counted (G-501)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from configuration.effects.traffic import moved
from proxy.conflicts.reach import reach
from routing.spec import RouteSpec


def route(identity: str, pattern: str, **values: Any) -> RouteSpec:
    kind = "prefix" if pattern.endswith("*") else "exact"
    given = {"path_kind": kind, "methods": ("GET",), "target_url": "/", **values}
    return RouteSpec(id=identity, service_id="s", service_name="s", path_pattern=pattern, name=identity, **given)


WIDE, NARROW = route("wide", "/a/*"), route("narrow", "/a/b")
COUNTED = {("s", "wide"): 10, ("s", "narrow"): 4}


def told(before: list[RouteSpec], after: list[RouteSpec], unreachable: dict[str, str] | None = None) -> list[Any]:
    found = moved(reach(before), reach(after), unreachable or {}, COUNTED)
    return [(one.route.id, one.reason, one.share, one.requests, one.to.id if one.to else None) for one in found]


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ([WIDE, NARROW], []),
        ([WIDE], [("narrow", "removed", "all", 4, "wide")]),
        ([NARROW], [("wide", "removed", "all", 10, None)]),
        ([WIDE, replace(NARROW, rate_limit_rpm=1)], []),
        ([WIDE, replace(NARROW, target_url="/x")], [("narrow", "destination", "all", 4, None)]),
        ([WIDE, replace(NARROW, service_id="t")], [("narrow", "destination", "all", 4, None)]),
        ([WIDE, replace(NARROW, methods=("POST",))], [("narrow", "rules", "part", 4, "wide")]),
        ([WIDE, NARROW, route("new", "/a/c")], [("wide", "overtaken", "part", 10, "new")]),
        ([WIDE, NARROW, route("new", "/a/c", priority=-1)], []),
        ([WIDE, NARROW, route("new", "/z")], []),
        ([WIDE, NARROW, route("new", "/a/.+", path_kind="regex", priority=9)], []),
        ([WIDE, NARROW, route("new", "/a/*", hosts=("*.example.com",))], [("wide", "overtaken", "part", 10, "new")]),
    ],
)
def test_g501_where_the_requests_of_each_route_would_go(after, wanted):
    assert told([WIDE, NARROW], after) == wanted


def test_g501_a_route_that_others_take_whole_loses_all_to_them():
    first = route("first", "/a/*", methods=(), priority=9)
    unreachable = {"wide": "first", "narrow": "first"}
    assert told([WIDE, NARROW], [WIDE, NARROW, first], unreachable) == [
        ("wide", "shadowed", "all", 10, "first"),
        ("narrow", "shadowed", "all", 4, "first"),
    ]


def test_g501_a_route_without_requests_has_none_to_lose():
    assert told([route("idle", "/idle")], []) == []


def test_g501_a_configuration_with_a_route_that_cannot_be_compiled_is_told_of_too():
    broken = route("broken", "/(", path_kind="regex")
    assert told([WIDE, broken], [broken]) == [("wide", "removed", "all", 10, None)]
