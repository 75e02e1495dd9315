"""Finding the few routes a path can belong to, without looking at the others.

Three look-ups, none of which grows with the number of routes:

- `whole`: a dictionary by the entire path, for exact routes and for prefixes without `*`;
- `below`: a dictionary asked once per slash of the path, for prefixes, and for regular expressions by their
  literal head (those without one are all asked);
- `patterns`: a trie of segments, for patterns with `*` inside.

Each finds lists of entries in order of rank; `routing/matcher.py` takes the best entry of all lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from routing.captures import Capture, nothing
from routing.conditions import Condition
from routing.spec import RouteSpec

T = TypeVar("T")


class Entry(Generic[T]):
    """One route under one of its hosts. A smaller `rank` wins."""

    __slots__ = ("capture", "conditions", "fits", "methods", "payload", "rank", "route")

    def __init__(self, rank: int, route: RouteSpec, payload: T, conditions: tuple[Condition, ...]) -> None:
        self.rank = rank
        self.route = route
        self.payload = payload
        self.methods = accepted_methods(route)
        self.conditions = conditions
        self.fits: Callable[[bytes], bool] | None = None
        """What is left to test of the path once the index has found the entry; None: nothing."""
        self.capture: Capture = nothing


def accepted_methods(route: RouteSpec) -> frozenset[str] | None:
    """The methods a route answers, None for any: GET brings HEAD, and OPTIONS is always accepted (G-300)."""
    if not route.methods or "ANY" in route.methods:
        return None
    return frozenset((*route.methods, "OPTIONS", *(("HEAD",) if "GET" in route.methods else ())))


class PathIndex(Generic[T]):
    """The entries of one host pattern. Fill it in order of rank."""

    __slots__ = ("below", "longest", "patterns", "whole")

    def __init__(self) -> None:
        self.whole: dict[bytes, list[Entry[T]]] = {}
        self.below: dict[bytes, list[Entry[T]]] = {}
        self.patterns: PatternNode[T] | None = None
        self.longest = 0
        """Bytes of the longest key of `below`: a long path is not cut any further."""

    def add_whole(self, path: bytes, entry: Entry[T]) -> None:
        """Adds an entry that matches exactly `path`."""
        self.whole.setdefault(path, []).append(entry)

    def add_below(self, prefix: bytes, entry: Entry[T]) -> None:
        """Adds an entry that matches what begins with `prefix`, which ends with a slash."""
        self.below.setdefault(prefix, []).append(entry)
        self.longest = max(self.longest, len(prefix))

    def add_pattern(self, segments: list[bytes], entry: Entry[T]) -> None:
        """Adds a pattern by its segments after the first slash."""
        if self.patterns is None:
            self.patterns = PatternNode()
        self.patterns.add(segments, entry)

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
