"""Which of several matching routes serves a request: the total order of G-301.

Keys are compared column by column; the smaller key wins.

| # | column           | wins                                                                             |
|---|------------------|----------------------------------------------------------------------------------|
| 1 | priority         | the higher                                                                       |
| 2 | host             | exact over wildcard over none; of two wildcards the one with more labels         |
| 3 | kind of path     | exact over prefix over pattern over regex                                        |
| 4 | literal prefix   | of two prefixes or two patterns the one with the longer text before its `*`      |
| 5 | wildcards        | of two patterns the one with fewer `*`, then the one with more literal text      |
| 6 | conditions       | more of them: each header, each query parameter, the client's network            |
| 7 | method           | a route for named methods over one for any                                       |
| 8 | age              | the older (`created_at`)                                                         |
| 9 | id               | the smaller, so that the order is total                                          |

A route with several hosts takes part once with each, so the host that matched decides column 2.
"""

from __future__ import annotations

from functools import lru_cache

from routing.pattern import effective_kind, literal_prefix
from routing.spec import PathKind, RouteSpec

HostRank = tuple[int, int]
PathRank = tuple[int, int, int, int]
OrderKey = tuple[int, HostRank, PathRank, int, int, float, str]

_KIND_RANK = {"exact": 0, "prefix": 1, "pattern": 2, "regex": 3}


def order_key(route: RouteSpec, host: str | None = None, path_rank: PathRank | None = None) -> OrderKey:
    """The place of `route` when its host pattern `host` matched; without one, of its most specific host.

    `path_rank` saves working it out again.
    """
    return (
        -route.priority,
        _host_rank(host) if host is not None else min(map(_host_rank, route.hosts or ("",))),
        path_rank_of(effective_kind(route), route) if path_rank is None else path_rank,
        -(len(route.header_conditions) + len(route.query_conditions) + bool(route.client_cidrs)),
        int(not route.methods or "ANY" in route.methods),
        route.created_at,
        route.id,
    )


def path_rank_of(kind: PathKind, route: RouteSpec) -> PathRank:
    """Columns 3 to 5, of a route of this effective kind."""
    rank = _KIND_RANK[kind]
    if kind == "prefix":
        return _shared(rank, -len(literal_prefix(route)), 0, 0)
    if kind == "pattern":
        wildcards = route.path_pattern.split("/").count("*")
        return _shared(rank, -len(literal_prefix(route)), wildcards, wildcards - len(route.path_pattern))
    return _shared(rank, 0, 0, 0)


@lru_cache(maxsize=1024)
def _shared(kind: int, prefix: int, wildcards: int, text: int) -> PathRank:
    """The very same object for the same columns: among a hundred thousand routes few differ."""
    return (kind, prefix, wildcards, text)


@lru_cache(maxsize=1024)
def _host_rank(host: str) -> HostRank:
    if not host:
        return (2, 0)
    return (1, -host.count(".")) if host.startswith("*.") else (0, 0)
