"""A table made from another is the table of its routes, and the other one stays as it was (G-104)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.index import PathIndex, PatternNode
from routing.matcher import RouteTable
from routing.spec import RouteSpec
from tests.unit.routing_core.routes import a_route
from tests.unit.routing_core.test_matcher import a_table, find, lines_run, route_lists

Table = RouteTable[RouteSpec]


def told(table: Table) -> dict[str, Any]:
    """Everything a table is made of, in its order."""
    return {host: index_told(index) for host, index in table.by_host()}


def index_told(index: PathIndex[RouteSpec]) -> dict[str, Any]:
    shelves = {"whole": index.whole, "below": index.below}
    found: dict[str, Any] = {
        name: {key: [entry.route for entry in entries] for key, entries in shelf.items()}
        for name, shelf in shelves.items()
    }
    assert all(len(key) <= index.longest for key in index.below)
    return {**found, "patterns": node_told(index.patterns)}


def node_told(node: PatternNode[RouteSpec] | None) -> Any:
    if node is None:
        return None
    return {
        "ends": [entry.route for entry in node.ends],
        "rest": [entry.route for entry in node.rest],
        "any": node_told(node.any_segment),
        "segments": {segment: node_told(child) for segment, child in node.segments.items()},
    }


def changed(table: Table, before: list[RouteSpec], after: list[RouteSpec]) -> Table:
    gone = [route for route in before if route not in after]
    return table.changed(gone, [(route, route) for route in after if route not in before])


@settings(max_examples=150, deadline=None)
@given(states=st.lists(route_lists() | st.just([]), min_size=2, max_size=4))
def test_g104_a_changed_table_is_the_table_of_the_changed_routes(states: list[list[RouteSpec]]) -> None:
    table, before = a_table(*states[0]), states[0]
    for after in states[1:]:
        as_it_was = told(table)
        following = changed(table, before, after)
        assert told(following) == told(a_table(*after))
        assert told(table) == as_it_was, "requests that began with it go on with it"
        table, before = following, after


def test_a_route_that_cannot_be_used_is_refused_and_changes_nothing() -> None:
    table = a_table(a_route("/a"))
    with pytest.raises(ValueError, match="path_pattern"):
        table.changed([a_route("/a")], [(broken := a_route("/(", path_kind="regex"), broken)])
    assert find(table) is not None


def test_one_changed_route_costs_the_same_among_many_as_among_few() -> None:
    def cost(count: int) -> int:
        routes = [a_route(f"/api/r{number}/*", id=str(number), hosts=("h",)) for number in range(count)]
        table, old = a_table(*routes), routes[count // 2]
        new = replace(old, priority=5)
        return lines_run(lambda: table.changed([old], [(new, new)]))

    assert cost(10_000) <= 1.2 * cost(10)
