"""The entries of a routing index that may hold a path which a claim holds, without looking at the others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

from proxy.conflicts.claims import Claim
from routing.index import Entry, PathIndex, PatternNode

Held = tuple[Entry[Any], Claim]
Wanted = Callable[[Entry[Any]], bool]
AFTER_ALL = b"\xff"
"""Beyond every byte of a path in its canonical form."""


class Meetings:
    """Of the indexes of one table, as far as entries are wanted; keeps keys in order once they have been asked for."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[list[bytes], list[bytes]]] = {}

    def of(self, index: PathIndex[Any], claim: Claim, wanted: Wanted) -> Iterator[Held]:
        """Each entry with the claim by which it may meet this one; whether it does, `overlap.shared_paths` tells."""
        for key in self._below(index, claim):
            for entry in filter(wanted, index.below.get(key, ())):
                yield entry, Claim(_segments(key[:-1]), True, entry.route.path_pattern if entry.fits else "")
        for key in self._whole(index, claim):
            for entry in filter(wanted, index.whole.get(key, ())):
                yield entry, Claim(_segments(key), False)
        if index.patterns is not None:
            yield from (held for held in _patterns(index.patterns, claim, ()) if wanted(held[0]))

    def _below(self, index: PathIndex[Any], claim: Claim) -> Iterator[bytes]:
        """The prefixes of what the claim begins with, and those that begin with it."""
        head = claim.head
        border = head.find(b"/") + 1
        while border:
            yield head[:border]
            border = head.find(b"/", border) + 1
        if not claim.is_one_path:
            yield from (key for key in _beginning_with(self._in_order(index)[1], head) if key != head)

    def _whole(self, index: PathIndex[Any], claim: Claim) -> list[bytes]:
        return [claim.head] if claim.is_one_path else _beginning_with(self._in_order(index)[0], claim.head)

    def _in_order(self, index: PathIndex[Any]) -> tuple[list[bytes], list[bytes]]:
        found = self._keys.get(id(index))
        if found is None:
            found = self._keys[id(index)] = (sorted(index.whole), sorted(index.below))
        return found


def _beginning_with(keys: list[bytes], head: bytes) -> list[bytes]:
    return keys[bisect_left(keys, head) : bisect_left(keys, head + AFTER_ALL)]


def _segments(path: bytes) -> tuple[bytes, ...]:
    return tuple(path.split(b"/")[1:])


def _patterns(node: PatternNode[Any], claim: Claim, before: tuple[bytes | None, ...]) -> Iterator[Held]:
    depth = len(before)
    yield from ((entry, Claim(before, rest=True)) for entry in node.rest)
    yield from ((entry, Claim(before, rest=False)) for entry in node.ends)
    if depth < len(claim.segments) and claim.segments[depth] is not None:
        segment = claim.segments[depth]
        children = {segment: node.segments[segment]} if segment in node.segments else {}
    elif depth < len(claim.segments) or claim.rest:
        children = dict(node.segments)
    else:
        return
    for segment, child in children.items():
        yield from _patterns(child, claim, (*before, segment))
    if node.any_segment is not None:
        yield from _patterns(node.any_segment, claim, (*before, None))
