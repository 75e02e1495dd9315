"""What the `*` of a pattern, or the groups of a regular expression, stand for in a path that matched.

A capture is a pair of offsets: the path that is forwarded and the one that is matched differ in the case of
their escapes, never in length. Only the route that was chosen pays for its captures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

Captures = tuple[tuple[int, int], ...]
Capture = Callable[[bytes], Captures]


def nothing(path: bytes) -> Captures:
    """A path without `*`."""
    return ()


@lru_cache(maxsize=1024)
def rest_from(start: int) -> Capture:
    """What follows a prefix of `start` bytes; empty for the prefix without its slash."""

    def capture(path: bytes) -> Captures:
        end = len(path)
        return ((min(end, start), end),)

    return capture


def wildcard_segments(segments: list[bytes]) -> Capture:
    """The segments that stand where the pattern's are `*`; a `*` at the end takes all that is left."""
    wildcards = [position for position, segment in enumerate(segments) if segment == b"*"]
    last = len(segments) - 1

    def capture(path: bytes) -> Captures:
        spans = []
        start = 0
        for position, segment in enumerate(path.split(b"/", last)):
            end = start + len(segment)
            if position in wildcards:
                spans.append((start, end))
            start = end + 1
        return tuple(spans)

    return capture


def groups(fullmatch: Callable[[bytes], Any]) -> Capture:
    """The groups of a regular expression; one that took no part is empty."""

    def capture(path: bytes) -> Captures:
        match = fullmatch(path)
        assert match is not None, "only a path that matched is asked for its captures"
        return tuple((max(start, 0), max(end, 0)) for start, end in map(match.span, range(1, match.re.groups + 1)))

    return capture
