"""Finding the few routes a path can belong to, without looking at the others.

Three look-ups, none of which grows with the number of routes:

- `whole`: a dictionary by the entire path, for exact routes and for prefixes without `*`;
- `below`: a dictionary asked once per slash of the path, for prefixes, and for regular expressions by their
  literal head (those without one are all asked);
- `patterns`: a trie of segments, for patterns with `*` inside.

Each finds lists of entries in order of rank; `routing/matcher.py` takes the best entry of all lists.

An index never changes once a table is made of it. `changed` makes another that shares what it leaves alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from routing.captures import Capture, nothing
from routing.conditions import Condition
from routing.precedence import OrderKey
from routing.spec import RouteSpec

T = TypeVar("T")


class Entry(Generic[T]):
    """One route under one of its hosts. A smaller `rank` (`routing/precedence.py`) wins."""

    __slots__ = ("capture", "conditions", "fits", "methods", "payload", "rank", "route")

    def __init__(
        self,
        rank: OrderKey,
        route: RouteSpec,
        payload: T,
        conditions: tuple[Condition, ...],
        fits: Callable[[bytes], bool] | None = None,
        capture: Capture = nothing,
    ) -> None:
        """`fits`: what is left to test of the path once the index has found the entry; None: nothing."""
        self.rank = rank
        self.route = route
        self.payload = payload
        self.methods = accepted_methods(route)
        self.conditions = conditions
        self.fits = fits
        self.capture = capture


def accepted_methods(route: RouteSpec) -> frozenset[str] | None:
    """The methods a route answers, None for any: GET brings HEAD, and OPTIONS is always accepted (G-300)."""
    return _accepted(route.methods) if route.methods else None


@lru_cache(maxsize=1024)
def _accepted(methods: tuple[str, ...]) -> frozenset[str] | None:
    if "ANY" in methods:
        return None
    return frozenset((*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())))


class Place(NamedTuple):
    """Where an entry stands: the whole path, the prefix with its slash, or the segments after the first slash."""

    shelf: str
    """`whole`, `below` or `patterns`."""
    key: Any
    """bytes, or for patterns a list of bytes."""


Edit = Callable[[list[Entry[T]]], list[Entry[T]]]
"""Makes another list of a list of entries, which stays as it was."""


def _without(route_id: str, entries: list[Entry[T]]) -> list[Entry[T]]:
    return [one for one in entries if one.route.id != route_id]


def _with(entry: Entry[T], entries: list[Entry[T]]) -> list[Entry[T]]:
    at = bisect_left(entries, entry.rank, key=lambda one: one.rank)
    return [*entries[:at], entry, *entries[at:]]


class PathIndex(Generic[T]):
    """The entries of one host pattern."""

    __slots__ = ("below", "longest", "patterns", "whole")

    def __init__(self) -> None:
        self.whole: dict[bytes, list[Entry[T]]] = {}
        self.below: dict[bytes, list[Entry[T]]] = {}
        self.patterns: PatternNode[T] | None = None
        self.longest = 0
        """Bytes of the longest key of `below`: a long path is not cut any further."""

    def add(self, place: Place, entry: Entry[T]) -> None:
        """Adds an entry whose rank is not smaller than that of any before it."""
        if place.shelf == "patterns":
            if self.patterns is None:
                self.patterns = PatternNode()
            self.patterns.add(place.key, entry)
        else:
            self._shelf(place.shelf).setdefault(place.key, []).append(entry)
            self._reach(place)

    def changed(self, gone: Iterable[tuple[Place, str]], come: Iterable[tuple[Place, Entry[T]]]) -> PathIndex[T] | None:
        """This index without the entries of some routes (by id), with others; None when nothing is left."""
        other: PathIndex[T] = PathIndex()
        other.whole, other.below = dict(self.whole), dict(self.below)
        other.patterns, other.longest = self.patterns, self.longest
        for place, route_id in gone:
            other._edit(place, partial(_without, route_id))
        for place, entry in come:
            other._edit(place, partial(_with, entry))
            other._reach(place)
        return other if other.whole or other.below or other.patterns else None

    def _edit(self, place: Place, edit: Edit[T]) -> None:
        if place.shelf == "patterns":
            node: PatternNode[T] = PatternNode() if self.patterns is None else self.patterns
            self.patterns = node.changed(place.key, 0, edit)
            return
        shelf = self._shelf(place.shelf)
        entries = edit(shelf.get(place.key, []))
        if entries:
            shelf[place.key] = entries
        else:
            shelf.pop(place.key, None)

    def _shelf(self, name: str) -> dict[bytes, list[Entry[T]]]:
        return self.whole if name == "whole" else self.below

    def _reach(self, place: Place) -> None:
        if place.shelf == "below":
            self.longest = max(self.longest, len(place.key))

    def candidates(self, path: bytes) -> list[list[Entry[T]]]:
        """The lists of entries whose literal text agrees with `path`."""
        found = []
        entries = self.whole.get(path)
        if entries is not None:
            found.append(entries)
        if self.longest:
            below = self.below.get
            longest = self.longest
            border = 1
            while 0 < border <= longest:
                entries = below(path[:border])
                if entries is not None:
                    found.append(entries)
                border = path.find(b"/", border) + 1
        if self.patterns is not None:
            self.patterns.find(path.split(b"/"), 1, found)
        return found


class PatternNode(Generic[T]):
    """The patterns that share their first segments."""

    __slots__ = ("any_segment", "ends", "rest", "segments")

    def __init__(self) -> None:
        self.segments: dict[bytes, PatternNode[T]] = {}
        self.any_segment: PatternNode[T] | None = None
        self.ends: list[Entry[T]] = []
        self.rest: list[Entry[T]] = []

    def add(self, segments: list[bytes], entry: Entry[T]) -> None:
        """Adds `entry` below this node."""
        node = self
        for segment in segments[:-1]:
            node = node._child(segment)
        if segments[-1] == b"*":
            node.rest.append(entry)
        else:
            node._child(segments[-1]).ends.append(entry)

    def _child(self, segment: bytes) -> PatternNode[T]:
        if segment != b"*":
            return self.segments.setdefault(segment, PatternNode())
        if self.any_segment is None:
            self.any_segment = PatternNode()
        return self.any_segment

    def changed(self, segments: list[bytes], depth: int, edit: Edit[T]) -> PatternNode[T] | None:
        """A node with the list of `segments[depth:]` edited; None when nothing is left. Other branches are shared."""
        other: PatternNode[T] = PatternNode()
        other.segments, other.any_segment = self.segments, self.any_segment
        other.ends, other.rest = self.ends, self.rest
        if depth == len(segments):
            other.ends = edit(self.ends)
        elif depth == len(segments) - 1 and segments[depth] == b"*":
            other.rest = edit(self.rest)
        else:
            other._grow(segments, depth, edit)
        return other if other.segments or other.any_segment or other.ends or other.rest else None

    def _grow(self, segments: list[bytes], depth: int, edit: Edit[T]) -> None:
        segment = segments[depth]
        child = self.any_segment if segment == b"*" else self.segments.get(segment)
        grown = (PatternNode() if child is None else child).changed(segments, depth + 1, edit)
        if segment == b"*":
            self.any_segment = grown
        elif grown is None:
            self.segments = {key: node for key, node in self.segments.items() if key != segment}
        else:
            self.segments = {**self.segments, segment: grown}

    def find(self, segments: list[bytes], depth: int, found: list[list[Entry[T]]]) -> None:
        """Appends to `found` what agrees with `segments` from `depth` on; no node is visited twice."""
        if depth == len(segments):
            if self.ends:
                found.append(self.ends)
            return
        if self.rest:
            found.append(self.rest)
        segment = segments[depth]
        child = self.segments.get(segment)
        if child is not None:
            child.find(segments, depth + 1, found)
        if segment and self.any_segment is not None:
            self.any_segment.find(segments, depth + 1, found)
