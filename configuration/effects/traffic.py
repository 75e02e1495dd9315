"""Which of the requests of the last hours would go elsewhere under another configuration. Pure.

What was counted is known by route, not by path: of a route that keeps a part of its requests nobody can say how many
those are, so `part` gives the most it could be. Where another route takes requests from one is found by asking for one
example of each route that is new or matches otherwise now: it names the route that such a request goes to today.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from proxy.conflicts.reach import Reach
from routing.matcher import RouteTable
from routing.pattern import match_bytes
from routing.precedence import order_key
from routing.spec import RouteSpec

Requests = Mapping[tuple[str, str], int]
"""(service, route as it is counted: its name, or its id) → requests."""

SOMEBODY = "192.0.2.1"
"""An address for examples (RFC 5737)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Requests of one route that would go elsewhere."""

    route: RouteSpec
    reason: Literal["removed", "shadowed", "rules", "destination", "overtaken"]
    share: Literal["all", "part"]
    requests: int
    """Of the route, in the hours looked at."""
    to: RouteSpec | None = None
    """The route that would get them, an example of them at least; None for none, and where it is the same route."""


def moved(before: Reach, after: Reach, unreachable: Mapping[str, str], requests: Requests) -> list[Moved]:
    """Every route with requests that it would lose. `unreachable` is route → who takes its requests from now on."""
    found: dict[str, Moved] = {}
    for route in before.routes.values():
        count = requests.get((route.service_name, route.name or route.id), 0)
        moving = _own(route, unreachable, after, count) if count else None
        if moving is not None:
            found[route.id] = moving
    for taken, taker in _overtaken(before, after.routes):
        count = requests.get((taken.service_name, taken.name or taken.id), 0)
        if count and taken.id not in found:
            found[taken.id] = Moved(taken, "overtaken", "part", count, taker)
    return list(found.values())


def _own(route: RouteSpec, unreachable: Mapping[str, str], after: Reach, count: int) -> Moved | None:
    """What becomes of a route by its own change, or by one that takes all of it."""
    now = after.routes.get(route.id)
    if now is None:
        return Moved(route, "removed", "all", count, _served(after.table, route))
    if route.id in unreachable:
        return Moved(route, "shadowed", "all", count, after.routes.get(unreachable[route.id]))
    if now is route:
        return None
    if _rules(route) != _rules(now):
        return Moved(route, "rules", "part", count, _served(after.table, route))
    if (route.service_id, route.target_url) != (now.service_id, now.target_url):
        return Moved(route, "destination", "all", count)
    return None


def _overtaken(before: Reach, new: Mapping[str, RouteSpec]) -> Iterator[tuple[RouteSpec, RouteSpec]]:
    """Routes of before, each with one that comes before it now and takes a part of its requests."""
    for route in new.values():
        old = before.routes.get(route.id)
        if old is route or (old is not None and _rules(old) == _rules(route)):
            continue
        taken = _served(before.table, route)
        if taken is not None and taken.id in new and taken.id != route.id and _rank(route) < _rank(new[taken.id]):
            yield taken, route


def _served(table: RouteTable[RouteSpec], like: RouteSpec) -> RouteSpec | None:
    """Who serves an example of what a route asks for, conditions aside; None for nobody, or without an example."""
    if like.path_kind == "regex":
        return None
    host = like.hosts[0].replace("*", "x") if like.hosts else ""
    method = like.methods[0] if like.methods else "GET"
    found = table.match(method, host, match_bytes(like.path_pattern.replace("*", "x")), None, b"", SOMEBODY)
    return None if found is None else found[0]


def _rank(route: RouteSpec) -> Any:
    return order_key(route, route.hosts[0] if route.hosts else "")


def _rules(route: RouteSpec) -> tuple[object, ...]:
    """All that decides which requests a route gets."""
    return (
        route.path_pattern, route.path_kind, route.methods, route.hosts, route.priority,
        route.header_conditions, route.query_conditions, route.client_cidrs,
    )  # fmt: skip
