"""Which route would lose requests to a new one, or to one that is changed: what a team may not do to another's.

A route takes requests from another where some request agrees with both, the order of G-301 puts the taker first, and
no route that comes before the other one takes those requests already. So a route that keeps to what its own earlier
form, or a wider route of the same team, answers already takes nothing from anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from proxy.conflicts.claims import Claim
from proxy.conflicts.meetings import Meetings
from proxy.conflicts.overlap import exclude_each_other, shared_host, shared_methods, shared_networks, shared_paths
from proxy.conflicts.shadows import Cells, Finder, Table, cells_of
from routing.index import Entry
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec

Cell = tuple[str, Entry[RouteSpec], Claim]


class Taking(NamedTuple):
    """The route that would lose requests, and the field of the taker that puts it first."""

    loser: RouteSpec
    field: str


class Takings:
    """From the routes of one table, which may hold an earlier form of the taker. Keeps what is made of it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._finder = Finder(table)
        self._meetings = Meetings()

    def first(self, route: RouteSpec, may_lose: Callable[[RouteSpec], bool]) -> Taking | None:
        """One route that would lose requests to `route`; those are left out of which `may_lose` is true."""
        for mine in _cells(route):
            for theirs in self._later(mine, may_lose):
                if self._takes(mine, theirs):
                    return Taking(theirs[1].route, deciding_field(mine[1], theirs[1]))
        return None

    def _later(self, mine: Cell, may_lose: Callable[[RouteSpec], bool]) -> Iterator[Cell]:
        """Cells of other routes that come after this one and may meet it."""
        host, entry, claim = mine

        def later(other: Entry[RouteSpec]) -> bool:
            return other.rank > entry.rank and other.route.id != entry.route.id and not may_lose(other.route)

        for pattern, index in self._table.by_host():
            if shared_host(host, pattern) is not None:
                for other, held in self._meetings.of(index, claim, later):
                    yield pattern, other, held

    def _takes(self, mine: Cell, theirs: Cell) -> bool:
        """Whether requests agree with both, and reach the other one as things are."""
        host = shared_host(mine[0], theirs[0])
        claims = shared_paths(mine[2], theirs[2])
        methods = shared_methods(mine[1], theirs[1])
        route, other = mine[1].route, theirs[1].route
        if host is None or not claims or not methods or exclude_each_other(route, other):
            return False
        both = Entry(theirs[1].rank, _of_both(route, other), None, ())
        return any(not any(self._finder.is_taken(host, both, claim, method) for claim in claims) for method in methods)


def _cells(route: RouteSpec) -> Cells:
    """Of one that cannot be compiled those of its place: it answers errors there."""
    try:
        table = RouteTable([(route, route)])
    except ValueError:
        (broken,) = marked([_unconditional(route)])
        table = RouteTable([(broken, broken)])
    return cells_of(table).get(route.id, [])


def _unconditional(route: RouteSpec) -> RouteSpec:
    return replace(route, header_conditions=(), query_conditions=(), client_cidrs=())


def _of_both(one: RouteSpec, other: RouteSpec) -> RouteSpec:
    """A route with the conditions of two, which are its id: what `Finder` keeps of it is made of them alone."""
    other = _unconditional(other) if other.problem else other
    headers = one.header_conditions + other.header_conditions
    query = one.query_conditions + other.query_conditions
    networks = shared_networks(one.client_cidrs, other.client_cidrs)
    return replace(
        one,
        id=str((headers, query, networks)),
        header_conditions=headers,
        query_conditions=query,
        client_cidrs=networks,
    )


_COLUMNS = ("priority", "hosts", "path_pattern", "", "methods", "path_pattern", "path_pattern")
_CONDITIONS = ("header_conditions", "query_conditions", "client_cidrs")


def deciding_field(first: Entry[RouteSpec], second: Entry[RouteSpec]) -> str:
    """The field of a route by which it comes before another: that of the first column of G-301 that differs."""
    column = next(place for place, (one, other) in enumerate(zip(first.rank, second.rank, strict=True)) if one != other)
    return _COLUMNS[column] or next(name for name in _CONDITIONS if getattr(first.route, name))
