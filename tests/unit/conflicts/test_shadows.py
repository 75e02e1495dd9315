"""G-503: a route is reported as out of reach when it is, and no other is."""

from __future__ import annotations

import sys
from itertools import product
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.conflicts.reach import reach
from proxy.conflicts.shadows import Finder, cells_of
from routing.candidates import candidates
from routing.matcher import RouteTable
from routing.spec import ConditionSpec, RouteSpec
from tests.unit.routing_core.routes import a_route


def shadowed(*routes: RouteSpec) -> dict[str, set[str]]:
    return {key: set(by) for key, by in reach(routes).takers.items()}


def header(operator: Any, value: str = "", name: str = "x-a") -> ConditionSpec:
    return ConditionSpec(name=name, operator=operator, value=value)


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        ({"path_pattern": "/*", "priority": 1}, {"path_pattern": "/a"}),
        ({"path_pattern": "/*", "priority": 1}, {"path_pattern": "/a/*"}),
        ({"path_pattern": "/*", "priority": 1}, {"path_pattern": "/a/*/b"}),
        ({"path_pattern": "/*", "priority": 1}, {"path_pattern": "/a/(b|c)", "path_kind": "regex"}),
        ({"path_pattern": "/a", "path_kind": "prefix", "priority": 1}, {"path_pattern": "/a"}),
        ({"path_pattern": "/a", "path_kind": "prefix", "priority": 1}, {"path_pattern": "/a/*/c/*"}),
        ({"path_pattern": "/a/*/*", "priority": 1}, {"path_pattern": "/a/b/*"}),
        ({"path_pattern": "/*/b", "priority": 1}, {"path_pattern": "/a/b"}),
        ({"path_pattern": "/*/b", "priority": 1}, {"path_pattern": "/*/b", "hosts": ("h",)}),
        ({"path_pattern": "/[ab]+", "path_kind": "regex", "priority": 1}, {"path_pattern": "/ab"}),
        ({"path_pattern": "/.", "path_kind": "regex", "priority": 1}, {"path_pattern": "/.", "path_kind": "regex"}),
        ({"path_pattern": "/a"}, {"path_pattern": "/a", "created_at": 1}),
        ({"path_pattern": "/a"}, {"path_pattern": "/a", "created_at": 1, "version": "v2"}),
        ({"path_pattern": "/a", "priority": 1}, {"path_pattern": "/a", "methods": ("GET",)}),
        ({"path_pattern": "/a", "hosts": ("*.c",), "priority": 1}, {"path_pattern": "/a", "hosts": ("*.b.c",)}),
        ({"path_pattern": "/a", "hosts": ("*.c",), "priority": 1}, {"path_pattern": "/a", "hosts": ("x.b.c",)}),
        ({"header_conditions": (header("present"),), "priority": 1}, {"header_conditions": (header("equals", "1"),)}),
        ({"header_conditions": (header("present"),), "priority": 1}, {"header_conditions": (header("matches", "."),)}),
        ({"client_cidrs": ("10.0.0.0/8",), "priority": 1}, {"client_cidrs": ("10.1.0.0/16", "10.2.0.0/24")}),
        ({"client_cidrs": ("::/0",), "priority": 1}, {"client_cidrs": ("2001:db8::/32",)}),
        ({"path_pattern": "/*", "priority": 1, "problem": "broken"}, {"path_pattern": "/a"}),
    ],
)  # fmt: skip
def test_g503_a_route_all_of_whose_requests_another_takes_is_shadowed(
    broad: dict[str, Any], narrow: dict[str, Any]
) -> None:
    assert shadowed(a_route(id="broad", **broad), a_route(id="narrow", **narrow)) == {"narrow": {"broad"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path_pattern": "/a/*", "priority": 1}, {"path_pattern": "/a"}),
        ({"path_pattern": "/a/*", "priority": 1}, {"path_pattern": "/a", "path_kind": "prefix"}),
        ({"path_pattern": "/a/*/b", "priority": 1}, {"path_pattern": "/a/*"}),
        ({"path_pattern": "/a/*/*", "priority": 1}, {"path_pattern": "/a/*"}),
        ({"path_pattern": "/*/b", "priority": 1}, {"path_pattern": "/a/*"}),
        ({"path_pattern": "/*/", "priority": 1}, {"path_pattern": "/a/*"}),
        ({"path_pattern": "/a", "methods": ("GET",), "priority": 1}, {"path_pattern": "/a", "methods": ("GET", "PUT")}),
        ({"path_pattern": "/a", "methods": ("GET",), "priority": 1}, {"path_pattern": "/a"}),
        ({"path_pattern": "/a", "hosts": ("h",), "priority": 1}, {"path_pattern": "/a"}),
        ({"path_pattern": "/a", "hosts": ("x.b.c",), "priority": 1}, {"path_pattern": "/a", "hosts": ("*.b.c",)}),
        ({"path_pattern": "/a", "hosts": ("h",), "priority": 1}, {"path_pattern": "/a", "hosts": ("h", "i")}),
        ({"header_conditions": (header("equals", "1"),), "priority": 1}, {"header_conditions": (header("present"),)}),
        ({"header_conditions": (header("absent"),), "priority": 1}, {}),
        ({"client_cidrs": ("10.0.0.0/8",), "priority": 1}, {"client_cidrs": ("10.1.0.0/16", "11.0.0.0/8")}),
        ({"client_cidrs": ("10.0.0.0/8",), "priority": 1}, {}),
        ({"client_cidrs": ("nonsense",), "priority": 1, "problem": "broken"}, {"client_cidrs": ("10.0.0.0/8",)}),
        ({"path_pattern": "/*"}, {"path_pattern": "/a"}),
    ],
)
def test_g503_a_route_that_one_request_can_reach_is_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert shadowed(a_route(id="one", **one), a_route(id="other", created_at=1, **other)) == {}


def test_g503_several_routes_can_take_all_of_one_between_their_methods_and_hosts() -> None:
    routes = [
        a_route("/a", id="get", methods=("GET",), priority=2),
        a_route("/a", id="put", methods=("PUT",), hosts=("h",), priority=1),
        a_route("/a/*", id="below", hosts=("h", "i"), priority=1),
        a_route("/a", id="taken", methods=("GET", "PUT"), hosts=("h",)),
        a_route("/a/x/*", id="whole", methods=("GET",), hosts=("i", "h")),
    ]
    assert shadowed(*routes) == {"taken": {"get", "put"}, "whole": {"below"}}


def test_g503_a_route_with_a_problem_is_not_judged() -> None:
    assert shadowed(a_route(id="first"), a_route(id="broken", created_at=1, problem="a mistake")) == {}


PATTERNS = ["/a", "/a/*", "/*", "/a/*/b", "/a/b", "/*/b", "/a/b/*", "/a/*/*", "/*/", "/a/"]
WITNESSES = sorted(
    {"/" + "/".join(parts) for count in (1, 2, 3) for parts in product(("a", "b", "w", ""), repeat=count)}
)
"""With a segment that no pattern names, so that what a pattern takes beyond another is among them."""
CANONICAL = [path for path in WITNESSES if "//" not in path]
HOSTS = ["h", "x.b.c", "w.b.c", "w.c", "w"]
METHODS = ["GET", "PUT", "WITNESS"]
SENT: list[dict[str, str]] = [{}, {"x-a": "1"}, {"x-a": "w"}]
CLIENTS = ["10.1.2.3", "10.2.2.3", "11.0.0.1"]


def some_route(random: Random, number: int) -> RouteSpec:
    pattern = random.choice(PATTERNS)
    return a_route(
        pattern,
        id=f"r{number}",
        path_kind="prefix" if pattern == "/a" and random.random() < 0.3 else None,
        methods=random.choice([(), (), ("GET",), ("GET", "PUT")]),
        hosts=random.choice([(), (), ("h",), ("x.b.c",), ("*.b.c",), ("*.c", "h")]),
        priority=random.choice([0, 0, 0, 1]),
        created_at=number,
        header_conditions=random.choice([(), (), (header("present"),), (header("equals", "1"),), (header("absent"),)]),
        client_cidrs=random.choice([(), (), (), ("10.0.0.0/8",), ("10.1.0.0/16",)]),
    )


@settings(max_examples=20, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_g503_trying_every_request_finds_the_same(random: Random) -> None:
    routes = [some_route(random, number) for number in range(random.randint(2, 6))]
    table = RouteTable((route, route) for route in routes)
    reached: set[str] = set()
    takers: dict[str, dict[tuple[Any, ...], set[str]]] = {route.id: {} for route in routes}
    for method, host, path, sent, client in product(METHODS, HOSTS, CANONICAL, SENT, CLIENTS):
        told = candidates(table, method, host, path.encode(), sent.get, b"", client)
        fitting = [candidate.route.id for candidate in told if candidate.fits]
        reached |= set(fitting[:1])
        for place, key in enumerate(fitting):
            earlier = takers[key].setdefault((method, host), set(fitting[:place]))
            earlier &= set(fitting[:place])
    found = shadowed(*routes)
    assert not reached & found.keys(), "nothing that can be reached is reported"
    taken = {key for key, cells in takers.items() if cells and all(cells.values())}
    assert taken <= found.keys(), "what one route takes of each method and host is reported"


def lines_run(routes: list[RouteSpec]) -> int:
    """How many lines of Python finding the shadows takes: its cost, told without a clock."""
    table = RouteTable((route, route) for route in routes)
    count = 0

    def tracer(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        finder = Finder(table)
        for cells in cells_of(table).values():
            finder.takers(cells)
    finally:
        sys.settrace(before)
    return count


SHAPES = {
    "prefixes": lambda number: a_route(f"/a{number}/*", id=f"r{number}", created_at=number),
    "one path by header": lambda number: a_route(
        "/*", id=f"r{number}", header_conditions=(header("equals", str(number)), header("equals", "1", "x-b"))
    ),
    "one path by network": lambda number: a_route("/*", id=f"r{number}", client_cidrs=(f"10.{number}.0.0/16",)),
    "one path by host": lambda number: a_route("/*", id=f"r{number}", hosts=(f"h{number}.c", f"*.h{number}.c")),
    "expressions": lambda number: a_route(rf"/a/\d+/{number}", id=f"r{number}", path_kind="regex"),
    "all the same": lambda number: a_route("/a/*", id=f"r{number}", created_at=number),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_g503_the_cost_grows_with_the_number_of_routes_not_with_its_square(shape: str) -> None:
    few, many = ([SHAPES[shape](number) for number in range(count)] for count in (40, 160))
    assert lines_run(many) < 6 * lines_run(few)
