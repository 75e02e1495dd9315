"""Which routes no request can reach, because others before them take all of theirs (G-503).

A route is taken apart into cells: one host pattern of it, one claim on paths, one method. It is out of reach when each
cell is taken whole by one route that comes earlier in the order of G-301. The index of `routing/index.py` finds who
could, so the cost grows with the number of routes, not with its square. What only several routes together take, or what
takes the values of conditions to be seen, is not found: nothing is reported that could be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from proxy.conflicts.atoms import Conditions, Shelf
from proxy.conflicts.claims import Claim, claims_all, claims_of, covering
from routing.index import Entry, PathIndex
from routing.matcher import RouteTable
from routing.spec import RouteSpec

Table = RouteTable[RouteSpec]
Cells = list[tuple[str, Entry[RouteSpec], Claim]]
"""All that one route asks for: host pattern, entry and claim."""


def cells_of(table: Table) -> dict[str, Cells]:
    """By the id of the route, for every route that claims a path."""
    found: dict[str, Cells] = {}
    for pattern, index in table.by_host():
        for entry, claim in claims_of(index):
            found.setdefault(entry.route.id, []).append((pattern, entry, claim))
    return found


class Finder:
    """Keeps what is made of the table while it is asked."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._hosts = {id(index): pattern for pattern, index in table.by_host()}
        self._shelves: dict[int, dict[str, Shelf]] = {}
        self._conditions: dict[str, Conditions] = {}

    def takers(self, cells: Cells) -> frozenset[str]:
        """Ids of the routes that take all requests of one that has these cells; none where one can come through.

        A route with a `problem` keeps its place before others, but is not judged itself.
        """
        found: set[str] = set()
        for host, entry, claim in () if cells[0][1].route.problem else cells:
            for method in (None,) if entry.methods is None else entry.methods:
                taker = min(self._earlier(host, entry, claim, method), key=lambda other: other.rank, default=None)
                if taker is None:
                    return frozenset()
                found.add(taker.route.id)
        return frozenset(found)

    def takes_a_part(self, cells: Cells) -> bool:
        """Whether a route of the table takes one of these cells, and so has a say in who reaches the others' route."""
        return any(
            True
            for host, entry, claim in cells
            for method in ((None,) if entry.methods is None else entry.methods)
            for _taker in self._earlier(host, entry, claim, method)
        )

    def is_taken(self, host: str, entry: Entry[Any], claim: Claim, method: str | None) -> bool:
        """Whether one route before this entry takes all that it asks for with this host, claim and method."""
        return any(True for _taker in self._earlier(host, entry, claim, method))

    def _earlier(self, host: str, entry: Entry[Any], claim: Claim, method: str | None) -> Iterator[Entry[Any]]:
        """Of each place where one may stand, the first that takes it all."""
        for shelf in self._shelves_before(host, claim):
            own = self._of(entry.route)
            for place in shelf.places(own):
                for other, conditions in place:
                    if other.rank >= entry.rank:
                        break
                    if _takes(other, entry, claim, method) and conditions.take_all_of(own):
                        yield other
                        break

    def _shelves_before(self, host: str, claim: Claim) -> Iterator[Shelf]:
        for index in self._wider(host):
            for entries in covering(index, claim):
                yield from self._shelves_for(entries, claim)

    def _wider(self, host: str) -> list[PathIndex[Any]]:
        """The indexes whose host pattern holds all hosts of this one."""
        if not host.startswith("*."):
            return self._table.indexes(host)
        below = self._table.indexes("x" + host[1:])
        return [index for index in below if not self._hosts[id(index)] or self._hosts[id(index)].startswith("*.")]

    def _of(self, route: RouteSpec) -> Conditions:
        known = self._conditions.get(route.id)
        if known is None:
            known = self._conditions[route.id] = Conditions(route)
        return known

    def _shelves_for(self, entries: list[Entry[Any]], claim: Claim) -> Iterable[Shelf]:
        """Regular expressions stand apart: one takes a single path, or what the same expression claims."""
        shelves = self._shelves.get(id(entries))
        if shelves is None:
            shelves = self._shelves[id(entries)] = self._stocked(entries)
        if claim.is_one_path:
            return shelves.values()
        return [shelves[text] for text in {"", claim.regex} if text in shelves]

    def _stocked(self, entries: list[Entry[Any]]) -> dict[str, Shelf]:
        sorted_out: dict[str, list[tuple[Entry[Any], Conditions]]] = {}
        for entry in self._sound(entries):
            text = entry.route.path_pattern if entry.fits is not None else ""
            sorted_out.setdefault(text, []).append((entry, self._of(entry.route)))
        return {text: Shelf(held) for text, held in sorted_out.items()}

    def _sound(self, entries: list[Entry[Any]]) -> Iterator[Entry[Any]]:
        """Those whose conditions can be read; what a broken one takes nobody can tell."""
        for entry in entries:
            try:
                self._of(entry.route)
            except ValueError:
                continue
            yield entry


def _takes(other: Entry[Any], entry: Entry[Any], claim: Claim, method: str | None) -> bool:
    if other.methods is not None and (method is None or method not in other.methods):
        return False
    return other.route.id != entry.route.id and claims_all(other, claim)
