"""Which route serves a request (G-300 to G-303), at a cost that does not grow with the number of routes.

A table never changes; `changed` makes the next one and shares what is the same, so that one route among many costs
little. A request is served by the entry of the smallest rank (`routing/precedence.py`) among those that its host, path,
method and conditions agree with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from routing.captures import Capture, Captures, groups, nothing, rest_from, wildcard_segments
from routing.conditions import HeaderLookup, compile_conditions
from routing.expression import Expression
from routing.index import Entry, PathIndex, Place
from routing.pattern import effective_kind, literal_prefix, match_bytes
from routing.precedence import order_key, path_rank_of
from routing.spec import PathKind, RouteSpec

T = TypeVar("T")


class RouteTable(Generic[T]):
    """The routes of one configuration, each with the payload its caller wants back.

    A route with a `problem` keeps its place and is matched like any other; the caller answers its error
    (G-504). Raises `ValueError` when a route without a `problem` cannot be compiled.
    """

    __slots__ = ("_any_host", "_exact_hosts", "_has_hosts", "_wildcard_hosts")

    def __init__(self, entries: Iterable[tuple[RouteSpec, T]]) -> None:
        self._any_host: PathIndex[T] = PathIndex()
        self._exact_hosts: dict[str, PathIndex[T]] = {}
        self._wildcard_hosts: dict[str, PathIndex[T]] = {}
        """By what follows the `*`: `.example.com`."""
        found = [entry for route, load in entries for entry in placed(route, load)]
        found.sort(key=lambda item: (item[1].rank, item[0]))
        for host, entry, standing in found:
            index = self._index_of(host)
            for place in standing:
                index.add(place, entry)
        self._has_hosts = bool(self._exact_hosts or self._wildcard_hosts)

    def changed(self, gone: Iterable[RouteSpec], come: Iterable[tuple[RouteSpec, T]]) -> RouteTable[T]:
        """The table without the routes `gone` (as they were put in) and with those that `come`.

        Raises `ValueError` as making one does.
        """
        out: dict[str, list[tuple[Place, str]]] = defaultdict(list)
        new: dict[str, list[tuple[Place, Entry[T]]]] = defaultdict(list)
        for route in gone:
            for host in route.hosts or ("",):
                out[host] += [(place, route.id) for place in places(route)]
        for route, load in come:
            for host, entry, standing in placed(route, load):
                new[host] += [(place, entry) for place in standing]
        table: RouteTable[T] = RouteTable(())
        table._exact_hosts, table._wildcard_hosts = dict(self._exact_hosts), dict(self._wildcard_hosts)
        table._any_host = self._any_host
        for host in {**out, **new}:
            table._put(host, table._index_of(host).changed(out[host], new[host]))
        table._has_hosts = bool(table._exact_hosts or table._wildcard_hosts)
        return table

    def _put(self, host: str, index: PathIndex[T] | None) -> None:
        """Takes another index for a host pattern, or none."""
        if not host:
            self._any_host = PathIndex() if index is None else index
            return
        by_host, key = (self._wildcard_hosts, host[1:]) if host.startswith("*.") else (self._exact_hosts, host)
        if index is None:
            by_host.pop(key, None)
        else:
            by_host[key] = index

    def match(
        self,
        method: str,
        host: str,
        path: bytes,
        headers: HeaderLookup | None,
        query: bytes,
        client: str,
    ) -> tuple[T, Captures] | None:
        """The payload of the route that serves the request and what its `*` or groups stand for, or None.

        `host` is in lower case without port and trailing dot, `path` a `match_key`, `headers` gives the value of
        a name in lower case, `client` is an IP address. Captures are (start, end) offsets into the path, the
        same in `path` and `match_key`. Why another route does not serve it, `routing/candidates.py` tells.
        """
        best: Entry[T] | None = None
        for index in self.indexes(host) if self._has_hosts else (self._any_host,):
            for entries in index.candidates(path):
                for entry in entries:
                    if best is not None and entry.rank > best.rank:
                        break
                    if entry.methods is not None and method not in entry.methods:
                        continue
                    if entry.fits is not None and not entry.fits(path):
                        continue
                    if not entry.conditions or all(test(headers, query, client) for _, test in entry.conditions):
                        best = entry
                        break
        return None if best is None else (best.payload, best.capture(path))

    def by_host(self) -> Iterator[tuple[str, PathIndex[T]]]:
        """Every index with the host pattern it is for, empty for any host."""
        yield "", self._any_host
        yield from self._exact_hosts.items()
        for suffix, index in self._wildcard_hosts.items():
            yield f"*{suffix}", index

    def indexes(self, host: str) -> list[PathIndex[T]]:
        """Those whose pattern a request's host agrees with."""
        indexes = [self._any_host]
        exact = self._exact_hosts.get(host)
        if exact is not None:
            indexes.append(exact)
        if self._wildcard_hosts:
            dot = host.find(".", 1)
            while dot > 0:
                wildcard = self._wildcard_hosts.get(host[dot:])
                if wildcard is not None:
                    indexes.append(wildcard)
                dot = host.find(".", dot + 1)
        return indexes

    def _index_of(self, host: str) -> PathIndex[T]:
        if not host:
            return self._any_host
        if host.startswith("*."):
            return self._wildcard_hosts.setdefault(host[1:], PathIndex())
        return self._exact_hosts.setdefault(host, PathIndex())


def placed(route: RouteSpec, load: T) -> Iterator[tuple[str, Entry[T], tuple[Place, ...]]]:
    """One entry for each host pattern of the route, and where it stands in an index.

    Raises `ValueError` for a route without a `problem` that cannot be used.
    """
    kind = effective_kind(route)
    rank = path_rank_of(kind, route)
    conditions = compile_conditions(route)
    standing, fits, capture = _regex(route) if kind == "regex" else _path(route, kind)
    for host in route.hosts or ("",):
        yield host, Entry(order_key(route, host, rank), route, load, conditions, fits, capture), standing


def places(route: RouteSpec) -> tuple[Place, ...]:
    """Where the entries of a route stand in an index."""
    kind = effective_kind(route)
    return (_regex(route) if kind == "regex" else _path(route, kind))[0]


Standing = tuple[tuple[Place, ...], Callable[[bytes], bool] | None, Capture]
"""Where a route stands, what is left to test of a path found there, and what its `*` or groups stand for."""


def _path(route: RouteSpec, kind: PathKind) -> Standing:
    pattern = _bytes_of(route, route.path_pattern)
    if kind == "exact":
        return (Place("whole", pattern),), None, nothing
    if kind == "pattern":
        segments = pattern.split(b"/")
        return (Place("patterns", segments[1:]),), None, wildcard_segments(segments)
    prefix = pattern[:-1] if pattern.endswith(b"/*") else pattern
    if prefix.endswith(b"/"):
        return (Place("below", prefix),), None, rest_from(len(prefix))
    return (Place("whole", prefix), Place("below", prefix + b"/")), None, rest_from(len(prefix) + 1)


def _regex(route: RouteSpec) -> Standing:
    """A broken expression claims everything under its literal head, but never the whole host (G-504, rule T9)."""
    standing = (Place("below", literal_prefix(route).encode("latin-1") or b"/"),)
    try:
        fullmatch = Expression(route.path_pattern).fullmatch
    except ValueError as error:
        if not route.problem:
            raise ValueError(f"path_pattern: {error}") from error
        return (() if standing[0].key == b"/" else standing), None, nothing
    return standing, (lambda path: fullmatch(path) is not None), groups(fullmatch)


def _bytes_of(route: RouteSpec, text: str) -> bytes:
    try:
        return match_bytes(text)
    except ValueError:
        if not route.problem:
            raise
        return text.encode("utf-8")
