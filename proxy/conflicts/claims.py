"""What a route claims of the paths, in the shape the routing index has it.

A claim is a list of segments, where None stands for any one segment that is not empty, and whether more may follow; or
the text of a regular expression with its literal head. A prefix without `*` makes two claims: itself, and all below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from routing.index import Entry, PathIndex, PatternNode

Segments = tuple[bytes | None, ...]


class Claim(NamedTuple):
    """`rest`: further segments follow, the last of which may be empty; `regex` is empty but for regular expressions."""

    segments: Segments
    rest: bool
    regex: str = ""

    @property
    def head(self) -> bytes:
        """The text every claimed path begins with, up to a slash unless the claim is one path."""
        literal: list[bytes] = []
        for segment in self.segments:
            if segment is None:
                break
            literal.append(segment)
        whole = len(literal) == len(self.segments) and not self.rest
        return b"".join(b"/" + segment for segment in literal) + (b"" if whole else b"/")

    @property
    def is_one_path(self) -> bool:
        """Whether it claims exactly one path."""
        return not self.rest and None not in self.segments


def claims_of(index: PathIndex[Any]) -> Iterator[tuple[Entry[Any], Claim]]:
    """Every entry of an index with each of its claims."""
    for path, entries in index.whole.items():
        for entry in entries:
            yield entry, Claim(_literal(path), rest=False)
    for prefix, entries in index.below.items():
        for entry in entries:
            regex = entry.route.path_pattern if entry.fits is not None else ""
            yield entry, Claim(_literal(prefix[:-1]), rest=True, regex=regex)
    if index.patterns is not None:
        yield from _claims_below(index.patterns, ())


def _literal(path: bytes) -> Segments:
    return tuple(path.split(b"/")[1:])


def _claims_below(node: PatternNode[Any], before: Segments) -> Iterator[tuple[Entry[Any], Claim]]:
    for entry in node.ends:
        yield entry, Claim(before, rest=False)
    for entry in node.rest:
        yield entry, Claim(before, rest=True)
    for segment, child in node.segments.items():
        yield from _claims_below(child, (*before, segment))
    if node.any_segment is not None:
        yield from _claims_below(node.any_segment, (*before, None))


def covering(index: PathIndex[Any], claim: Claim) -> Iterator[list[Entry[Any]]]:
    """The lists of entries that may claim all that `claim` does; `claims_all` tells which do."""
    head = claim.head
    if claim.is_one_path:
        yield from index.candidates(head)
        return
    border = 1
    while 0 < border <= len(head):
        entries = index.below.get(head[:border])
        if entries is not None:
            yield entries
        border = head.find(b"/", border) + 1
    if index.patterns is not None:
        yield from _covering_patterns(index.patterns, claim, 0)


def _covering_patterns(node: PatternNode[Any], claim: Claim, depth: int) -> Iterator[list[Entry[Any]]]:
    if depth == len(claim.segments):
        if claim.rest:
            yield node.rest
        else:
            yield node.ends
        return
    yield node.rest
    segment = claim.segments[depth]
    if segment is not None and segment in node.segments:
        yield from _covering_patterns(node.segments[segment], claim, depth + 1)
    if segment != b"" and node.any_segment is not None:
        yield from _covering_patterns(node.any_segment, claim, depth + 1)


def claims_all(entry: Entry[Any], claim: Claim) -> bool:
    """Whether an entry that `covering` found does claim all of it."""
    if entry.fits is None:
        return True
    if claim.is_one_path:
        return entry.fits(claim.head)
    return claim.regex == entry.route.path_pattern
