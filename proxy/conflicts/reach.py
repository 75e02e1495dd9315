"""Which routes requests can reach, of one set of routes and, from that, of the next (G-503).

A change of some routes can only change the lot of those of whose cells one of them, as it was or as it is, takes one:
who takes a cell is the first of all that take it. The routes that changed make two small tables, of what has gone and
of what has come; whoever has nothing to do with either keeps its judgement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxy.conflicts.shadows import Cells, Finder, Table, cells_of
from routing.matcher import RouteTable
from routing.problems import marked
from routing.reserved import is_reserved
from routing.spec import RouteSpec


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the routes of one configuration, each by its id and in the order of the configuration."""

    routes: Mapping[str, RouteSpec]
    """Those that cannot be compiled have their problem."""
    table: Table
    cells: Mapping[str, Cells]
    takers: Mapping[str, frozenset[str]]
    """Who takes all requests of those that are out of reach."""
    reserved: frozenset[str]
    """Those all of whose paths belong to the control plane."""
    as_given: bool = True
    """Whether no route had to be given a problem."""


def reach(routes: Sequence[RouteSpec], before: Reach | None = None) -> Reach:
    """Equal, whether another one is given to go on from or not."""
    if before is not None and before.as_given:
        now = {route.id: route for route in routes}
        gone, come = unlike(before.routes, now), unlike(now, before.routes)
        if len(gone) + len(come) <= len(routes) // 2:
            try:
                return _followed(before, now, gone, come)
            except ValueError:  # one of them cannot be compiled
                pass
    return _whole(routes)


def unlike(routes: Mapping[str, RouteSpec], others: Mapping[str, RouteSpec]) -> list[RouteSpec]:
    """Those that are not the same among the others."""
    found = []
    for key, route in routes.items():
        other = others.get(key)
        if other is not route and other != route:
            found.append(route)
    return found


def _whole(routes: Sequence[RouteSpec]) -> Reach:
    as_given = True
    try:
        table = _table(routes)
    except ValueError:
        as_given, routes = False, marked(routes)
        table = _table(routes)
    cells = cells_of(table)
    return Reach(
        routes={route.id: route for route in routes},
        table=table,
        cells=cells,
        takers=_judged(table, cells),
        reserved=_reserved(cells),
        as_given=as_given,
    )


def _followed(
    before: Reach, routes: Mapping[str, RouteSpec], gone: Sequence[RouteSpec], come: Sequence[RouteSpec]
) -> Reach:
    """Raises `ValueError` where one that has come cannot be compiled."""
    new = _table(come)
    table = before.table.changed(gone, [(route, route) for route in come])
    changed = {route.id for route in (*gone, *come)}
    kept = {key: cells for key, cells in before.cells.items() if key not in changed}
    of_new = cells_of(new)
    finders = [Finder(small) for small in (new, _table(gone))]
    anew = {key: cells for key, cells in kept.items() if any(one.takes_a_part(cells) for one in finders)} | of_new
    takers = {key: found for key, found in before.takers.items() if key in kept and key not in anew}
    return Reach(
        routes=routes,
        table=table,
        cells=kept | of_new,
        takers=takers | _judged(table, anew),
        reserved=(before.reserved - changed) | _reserved(of_new),
    )


def _table(routes: Sequence[RouteSpec]) -> Table:
    return RouteTable((route, route) for route in routes)


def _judged(table: Table, cells: Mapping[str, Cells]) -> dict[str, frozenset[str]]:
    finder = Finder(table)
    return {key: found for key, own in cells.items() if (found := finder.takers(own))}


def _reserved(cells: Mapping[str, Cells]) -> frozenset[str]:
    return frozenset(key for key, own in cells.items() if all(is_reserved(claim.head) for _, _, claim in own))
