"""Which route serves a request (G-300 to G-303), at a cost that does not grow with the number of routes.

The table is built once per configuration and never changes. Its entries are sorted by `routing/precedence.py`
and numbered; a request is served by the smallest number among the entries that its host, path, method and
conditions agree with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from routing.captures import Captures, groups, rest_from, wildcard_segments
from routing.conditions import HeaderLookup, compile_conditions
from routing.index import Entry, PathIndex
from routing.pattern import effective_kind, literal_prefix, match_bytes
from routing.precedence import order_key
from routing.spec import RouteSpec

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
        hosted = ((host, route, load) for route, load in entries for host in route.hosts or ("",))
        placed = [(order_key(route, host), host, route, load) for host, route, load in hosted]
        placed.sort(key=lambda item: item[:2])
        for rank, (_, host, route, load) in enumerate(placed):
            _add(self._index_of(host), Entry(rank, route, load, compile_conditions(route)))
        self._has_hosts = bool(self._exact_hosts or self._wildcard_hosts)

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


def _add(index: PathIndex[T], entry: Entry[T]) -> None:
    kind = effective_kind(entry.route)
    if kind == "regex":
        _add_regex(index, entry)
        return
    pattern = _bytes_of(entry.route, entry.route.path_pattern)
    if kind == "exact":
        index.add_whole(pattern, entry)
    elif kind == "pattern":
        segments = pattern.split(b"/")
        entry.capture = wildcard_segments(segments)
        index.add_pattern(segments[1:], entry)
    else:
        prefix = pattern[:-1] if pattern.endswith(b"/*") else pattern
        if not prefix.endswith(b"/"):
            index.add_whole(prefix, entry)
            prefix += b"/"
        entry.capture = rest_from(len(prefix))
        index.add_below(prefix, entry)


def _add_regex(index: PathIndex[T], entry: Entry[T]) -> None:
    """A broken expression claims everything under its literal head, but never the whole host (G-504, rule T9)."""
    head = literal_prefix(entry.route).encode("latin-1") or b"/"
    try:
        fullmatch = re.compile(entry.route.path_pattern).fullmatch
    except re.error as error:
        if not entry.route.problem:
            raise ValueError(f"path_pattern: {error}") from error
        if head == b"/":
            return
    else:
        entry.fits = lambda path: fullmatch(path.decode("latin-1")) is not None
        entry.capture = groups(fullmatch)
    index.add_below(head, entry)


def _bytes_of(route: RouteSpec, text: str) -> bytes:
    try:
        return match_bytes(text)
    except ValueError:
        if not route.problem:
            raise
        return text.encode("utf-8")
