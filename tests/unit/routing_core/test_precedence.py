"""The order of G-301 as a table: in every row the first route comes before the second."""

from __future__ import annotations

from typing import Any

import pytest

from routing.precedence import order_key
from routing.spec import ConditionSpec
from tests.unit.routing_core.routes import a_route

HEADER = (ConditionSpec(name="x-a", operator="present"),)
QUERY = (ConditionSpec(name="a", operator="present"),)

ORDER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("priority over host", {"priority": 1}, {"hosts": ("a.example",)}),
    ("priority over kind", {"priority": 1, "path_pattern": "/.*", "path_kind": "regex"}, {"path_pattern": "/a"}),
    ("negative priority last", {"path_pattern": "/*"}, {"priority": -1, "path_pattern": "/a"}),
    ("exact host over wildcard", {"hosts": ("a.example.com",)}, {"hosts": ("*.example.com",)}),
    ("wildcard host over none", {"hosts": ("*.example.com",)}, {}),
    ("longer wildcard over shorter", {"hosts": ("*.b.example.com",)}, {"hosts": ("*.example.com",)}),
    ("host over kind of path", {"hosts": ("*.com",), "path_pattern": "/*"}, {"path_pattern": "/a"}),
    ("exact over prefix", {"path_pattern": "/a"}, {"path_pattern": "/a/b/c/*"}),
    ("longer prefix over shorter", {"path_pattern": "/a/b/*"}, {"path_pattern": "/a/*"}),
    ("prefix over pattern", {"path_pattern": "/*"}, {"path_pattern": "/a/b/*/c"}),
    ("pattern over regex", {"path_pattern": "/*/a"}, {"path_pattern": "/a/b/c/.+", "path_kind": "regex"}),
    ("pattern with the longer head", {"path_pattern": "/a/*/*/d"}, {"path_pattern": "/*/b/c/d"}),
    ("pattern with fewer wildcards", {"path_pattern": "/a/*/c"}, {"path_pattern": "/a/*/*"}),
    ("pattern with more literal text", {"path_pattern": "/a/*/ccc"}, {"path_pattern": "/a/*/c"}),
    (
        "a prefix with `*` inside is a pattern",
        {"path_pattern": "/*"},
        {"path_pattern": "/a/*/b", "path_kind": "prefix"},
    ),
    ("kind of path over conditions", {}, {"path_pattern": "/*", "header_conditions": HEADER}),
    ("one condition over none", {"header_conditions": HEADER}, {"methods": ("GET",)}),
    (
        "two conditions over one",
        {"header_conditions": HEADER, "query_conditions": QUERY},
        {"header_conditions": HEADER},
    ),
    ("the client's network is one condition", {"client_cidrs": ("10.0.0.0/8", "::1")}, {}),
    ("named method over any", {"methods": ("GET",)}, {"methods": ("ANY",)}),
    ("method over age", {"methods": ("GET",), "created_at": 9.0}, {"created_at": 1.0}),
    ("older over newer", {"created_at": 1.0, "id": "z"}, {"created_at": 2.0, "id": "a"}),
    ("smaller id last of all", {"id": "a"}, {"id": "b"}),
]


@pytest.mark.parametrize(("first", "second"), [row[1:] for row in ORDER], ids=[row[0] for row in ORDER])
def test_g301_total_order(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert order_key(a_route(**first)) < order_key(a_route(**second))


def test_g301_a_route_with_several_hosts_ranks_by_the_host_that_matched() -> None:
    route = a_route(hosts=("*.example.com", "a.example.com"))
    assert order_key(route, "a.example.com") < order_key(route, "*.example.com")
    assert order_key(route) == order_key(route, "a.example.com")
