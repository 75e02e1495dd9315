"""G-010: a route takes requests from another where it is found to, and is found to wherever it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.conflicts.newest_table import NewestTable
from proxy.conflicts.takings import Taking, Takings
from routing.matcher import RouteTable
from routing.spec import ConditionSpec, RouteSpec
from tests.unit.routing_core.routes import a_route

LATER = 9.0


def taking(taker: RouteSpec, *routes: RouteSpec) -> Taking | None:
    """What the last of the routes would lose; nobody else would mind."""
    table = RouteTable((route, route) for route in routes)
    return Takings(table).first(taker, lambda route: route.id != routes[-1].id)


def header(operator: Any, value: str = "") -> ConditionSpec:
    return ConditionSpec(name="x-a", operator=operator, value=value)


@pytest.mark.parametrize(
    ("taker", "loser", "field"),
    [
        ({"path_pattern": "/b/*", "priority": 1000}, {"path_pattern": "/b/*"}, "priority"),
        ({"path_pattern": "/*", "priority": 1}, {"path_pattern": "/b/x"}, "priority"),
        ({"path_pattern": "/.*", "path_kind": "regex", "priority": 1}, {"path_pattern": "/b/*"}, "priority"),
        ({"path_pattern": "/b/s-[0-9]+", "path_kind": "regex", "priority": 1}, {"path_pattern": "/b/*"}, "priority"),
        ({"path_pattern": "/.", "path_kind": "regex", "priority": 1}, {"path_pattern": "/b"}, "priority"),
        ({"path_pattern": "/b"}, {"path_pattern": "/.", "path_kind": "regex"}, "path_pattern"),
        ({"path_pattern": "/b/x"}, {"path_pattern": "/b/*"}, "path_pattern"),
        ({"path_pattern": "/b/*/y"}, {"path_pattern": "/b/*/*"}, "path_pattern"),
        ({"path_pattern": "/b", "path_kind": "prefix", "priority": 1}, {"path_pattern": "/b"}, "priority"),
        ({"path_pattern": "/%62/*", "priority": 1}, {"path_pattern": "/b/*"}, "priority"),
        ({"path_pattern": "/b", "created_at": -1.0}, {"path_pattern": "/b"}, "path_pattern"),
        ({"hosts": ("h.c",)}, {}, "hosts"),
        ({"hosts": ("h.c",)}, {"hosts": ("*.c",)}, "hosts"),
        ({"hosts": ("a.c",)}, {"hosts": ("b.c", "*.c")}, "hosts"),
        ({"hosts": ("*.b.c",)}, {"hosts": ("*.c",)}, "hosts"),
        ({"header_conditions": (header("present"),)}, {}, "header_conditions"),
        ({"query_conditions": (header("absent"),)}, {}, "query_conditions"),
        ({"client_cidrs": ("0.0.0.0/0",)}, {}, "client_cidrs"),
        ({"methods": ("GET",)}, {}, "methods"),
        ({"methods": ("PUT",), "priority": 1}, {"methods": ("GET",)}, "priority"),  # OPTIONS
        ({"path_pattern": "/b/*", "priority": 1}, {"path_pattern": "/b/x", "problem": "broken"}, "priority"),
        ({"path_pattern": "/b(", "path_kind": "regex", "priority": 1}, {"path_pattern": "/a"}, None),
        ({"path_pattern": "/b/(", "path_kind": "regex", "priority": 1}, {"path_pattern": "/b/x"}, "priority"),
        ({"client_cidrs": ("nonsense",), "priority": 1}, {}, "priority"),
    ],
)
def test_g010_requests_that_another_route_answers_are_taken_by_the_field_that_decides(
    taker: dict[str, Any], loser: dict[str, Any], field: str | None
) -> None:
    found = taking(a_route(id="taker", **{"created_at": LATER, **taker}), a_route(id="loser", **loser))
    assert (found and (found.loser.id, found.field)) == (field and ("loser", field))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path_pattern": "/b/*"}, {"path_pattern": "/b/x"}),
        ({"path_pattern": "/b"}, {"path_pattern": "/b"}),
        ({"path_pattern": "/a/*", "priority": 9}, {"path_pattern": "/b/*"}),
        ({"path_pattern": "/b/*", "priority": 9}, {"path_pattern": "/b"}),
        ({"path_pattern": "/*/", "priority": 9}, {"path_pattern": "/b"}),
        ({"path_pattern": "/*/y", "priority": 9}, {"path_pattern": "/b/*/y"}),
        ({"path_pattern": "/*/y/*", "priority": 9}, {"path_pattern": "/b/x"}),
        ({"path_pattern": "/(a|c)/.*", "path_kind": "regex", "priority": 9}, {"path_pattern": "/d/*"}),
        ({"path_pattern": "/[ac]", "path_kind": "regex", "priority": 9}, {"path_pattern": "/b"}),
        ({"hosts": ("a.c",), "priority": 9}, {"hosts": ("b.c", "*.d")}),
        ({"hosts": ("*.a.c",), "priority": 9}, {"hosts": ("*.b.c", "a.c")}),
        ({"header_conditions": (header("equals", "1"),)}, {"header_conditions": (header("equals", "2"),)}),
        ({"header_conditions": (header("equals", "1"),)}, {"header_conditions": (header("not_equals", "1"),)}),
        ({"header_conditions": (header("absent"),)}, {"header_conditions": (header("matches", "."),)}),
        ({"client_cidrs": ("10.0.0.0/8",)}, {"client_cidrs": ("11.0.0.0/8", "::/0")}),
    ],
)
def test_g010_what_no_request_shares_or_the_order_leaves_is_not(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert taking(a_route(id="one", created_at=LATER, **one), a_route(id="other", **other)) is None


@pytest.mark.parametrize(
    ("before", "taker"),
    [
        ({"path_pattern": "/a/*"}, {"path_pattern": "/a/x"}),
        ({"path_pattern": "/a/*"}, {"path_pattern": "/a/.*x", "path_kind": "regex", "priority": 3}),
        ({"path_pattern": "/a/*", "hosts": ("*.c",)}, {"path_pattern": "/a/x", "hosts": ("h.c",)}),
        ({"header_conditions": (header("present"),)}, {"header_conditions": (header("equals", "1"),)}),
        ({"id": "taker", "priority": 5}, {"priority": 6}),
        ({"id": "taker"}, {"methods": ("GET",)}),
    ],
)
def test_g010_who_keeps_to_what_a_route_before_the_other_answers_takes_nothing(
    before: dict[str, Any], taker: dict[str, Any]
) -> None:
    wide = a_route("/*", id="wide", created_at=-1.0)
    held = a_route(**{"id": "held", **before})
    assert taking(a_route(id="taker", created_at=LATER, **taker), held, wide) is None
    assert taking(a_route(id="taker", created_at=LATER, **taker), wide) is not None


PATTERNS = ["/a", "/a/*", "/*", "/a/*/b", "/a/b", "/*/b", "/a/b/*", "/a/*/*", "/*/", "/a/"]
EXPRESSIONS = ["/a/.*", "/(a|b)", "/[ab]/w", "/.*b", "/a"]
PATHS = ["/" + "/".join(parts) for count in (1, 2, 3) for parts in product(("a", "b", "w", ""), repeat=count)]
REQUESTS = list(
    product(
        ("GET", "PUT", "OPTIONS", "WITNESS"),
        ("h", "x.b.c", "w.b.c", "w.c", "w"),
        [path.encode() for path in PATHS if "//" not in path],
        ({}, {"x-a": "1"}, {"x-a": "w"}),
        ("10.1.2.3", "10.2.2.3", "11.0.0.1"),
    )
)


def some_route(random: Random, number: int, kinds: Sequence[str] = ("path", "path", "regex")) -> RouteSpec:
    kind = random.choice(kinds)
    return a_route(
        random.choice(EXPRESSIONS if kind == "regex" else PATTERNS),
        id=f"r{number}",
        path_kind="regex" if kind == "regex" else None,
        methods=random.choice([(), (), ("GET",), ("GET", "PUT")]),
        hosts=random.choice([(), (), ("h",), ("x.b.c",), ("*.b.c",), ("*.c", "h")]),
        priority=random.choice([0, 0, 0, 1]),
        created_at=float(random.randint(0, 9)),
        header_conditions=random.choice([(), (), (header("present"),), (header("equals", "1"),), (header("absent"),)]),
        client_cidrs=random.choice([(), (), (), ("10.0.0.0/8",), ("10.1.0.0/16",)]),
    )


def lost(before: Sequence[RouteSpec], taker: RouteSpec) -> Iterator[str]:
    """Every route that a request goes to before, and no longer once the taker is there."""
    old = RouteTable((route, route) for route in before)
    new = RouteTable((route, route) for route in (*[one for one in before if one.id != taker.id], taker))
    for method, host, path, sent, client in REQUESTS:
        asked = (method, host, path, sent.get, b"", client)
        was, now = old.match(*asked), new.match(*asked)
        if now is not None and was is not None and now[0].id == taker.id != was[0].id:
            yield was[0].id


@settings(max_examples=25, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_g010_no_request_that_is_tried_is_taken_unseen(random: Random) -> None:
    routes = [some_route(random, number) for number in range(random.randint(1, 5))]
    taker = some_route(random, random.choice([0, 99]))
    losers = set(lost(routes, taker))
    takings = Takings(RouteTable((route, route) for route in routes))
    for loser in losers:
        assert takings.first(taker, lambda route, loser=loser: route.id != loser) is not None  # type: ignore[misc]


@settings(max_examples=25, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_g010_without_expressions_what_is_found_is_taken_by_some_request(random: Random) -> None:
    routes = [some_route(random, number, ("path",)) for number in range(random.randint(1, 2))]
    taker = some_route(random, 99, ("path",))
    found = Takings(RouteTable((route, route) for route in routes)).first(taker, lambda route: False)
    assert (found is not None) == any(True for _loser in lost(routes, taker))


@settings(max_examples=10, deadline=None)
@given(random=st.randoms(use_true_random=True))
def test_a_table_that_moves_on_is_the_one_that_is_made_anew(random: Random) -> None:
    newest = NewestTable()
    routes: tuple[RouteSpec, ...] = ()
    for step in range(3):
        kept = [route for route in routes if random.random() < 0.8]
        routes = (*kept, *(some_route(random, 10 * step + number) for number in range(4)))
        table, anew = newest.of(routes), RouteTable((route, route) for route in routes)
        assert newest.of(routes) is table
        for method, host, path, sent, client in REQUESTS[:: len(PATHS)]:
            asked = (method, host, path, sent.get, b"", client)
            one, other = table.match(*asked), anew.match(*asked)
            assert (one and one[0]) == (other and other[0])
