"""Why a route serves a request, and each of the others does not: every condition with its verdict (G-410).

It asks the index and the tests that `RouteTable.match` asks, but asks all of them and under every host, so the first
candidate that fits is what `match` finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from routing.conditions import HeaderLookup
from routing.index import Entry
from routing.matcher import RouteTable
from routing.precedence import OrderKey, order_key
from routing.spec import RouteSpec

T = TypeVar("T")

Subject = Literal["active", "host", "path", "method", "header", "query", "client"]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a route: of what, in words, and whether the request passes."""

    subject: Subject
    text: str
    passed: bool


class Candidate(NamedTuple, Generic[T]):
    """A route whose path pattern agrees with the request's path, as far as an index can tell."""

    host: str
    """The pattern it takes part by, empty for any host."""
    route: RouteSpec
    payload: T
    checks: tuple[Check, ...]

    @property
    def fits(self) -> bool:
        """Whether it could serve the request, were it the first that does."""
        return all(check.passed for check in self.checks)


def candidates(
    table: RouteTable[T],
    method: str,
    host: str,
    path: bytes,
    headers: HeaderLookup | None,
    query: bytes,
    client: str,
) -> list[Candidate[T]]:
    """Every candidate in the order of precedence, a route of several hosts once; arguments as of `RouteTable.match`."""
    agreeing = {id(index) for index in table.indexes(host)}
    places: dict[str, tuple[bool, OrderKey, str, Entry[T]]] = {}
    for pattern, index in table.by_host():
        is_other = id(index) not in agreeing
        for entry in (entry for entries in index.candidates(path) for entry in entries):
            place = (is_other, entry.rank, pattern, entry)
            known = places.setdefault(entry.route.id, place)
            if place[:2] < known[:2]:
                places[entry.route.id] = place
    found = [
        Candidate(
            pattern,
            entry.route,
            entry.payload,
            (_host(pattern, not is_other), *_checks(entry, method, path, headers, query, client)),
        )
        for is_other, _rank, pattern, entry in places.values()
    ]
    return in_order(found)


def in_order(found: Iterable[Candidate[T]]) -> list[Candidate[T]]:
    """Candidates of one table or several as G-301 has them."""
    return sorted(found, key=lambda candidate: order_key(candidate.route, candidate.host))


def _host(pattern: str, passed: bool) -> Check:
    return Check("host", f"host is {pattern}" if pattern else "any host", passed)


def _checks(
    entry: Entry[T], method: str, path: bytes, headers: HeaderLookup | None, query: bytes, client: str
) -> list[Check]:
    """All but the host's, in the order `match` looks."""
    route = entry.route
    named = f"method is one of {', '.join(route.methods)}" if entry.methods is not None else "any method"
    found = [
        Check("path", f"path is {route.path_pattern} ({route.path_kind})", entry.fits is None or entry.fits(path)),
        Check("method", named, entry.methods is None or method in entry.methods),
    ]
    for text, test in entry.conditions:
        subject: Subject = text.partition(" ")[0]  # type: ignore[assignment] # the words begin with it
        found.append(Check(subject, text, test(headers, query, client)))
    return found
