r"""Regular expressions of routes and plugins, by RE2: whatever they say, their time grows with the text alone.

Python's own engine goes back and tries again: with `(a+)+$`, forty letters of a stranger would hold a worker, and all
requests in it, for hours. What RE2 leaves out for this (look-around, references back to a group) is refused where an
expression is written (decisions/regular-expressions.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import re2

MOST_MEMORY = 1 << 20
"""Bytes that an expression may take, compiled."""
LARGEST = 10_000
"""Instructions that an expression may come to (`(x{1000}){9}` has 9,000): each may be looked at for each byte."""
SPAN_BYTES = 500
"""As far as `span` looks: the longest pattern of a path."""
LAST = b"\xff" * 8
"""After every text in UTF-8."""
_GROUP = re.compile(r"[$\\](\d{1,2})")


class Expression:
    """A compiled expression. Raises `ValueError` that says why it is none.

    Texts and expressions are compared as UTF-8; offsets are those of bytes.
    """

    __slots__ = ("_compiled", "fullmatch", "groups", "search")

    def __init__(self, text: str) -> None:
        options = re2.Options()
        options.max_mem = MOST_MEMORY
        options.log_errors = False
        try:
            self._compiled = re2.compile(as_bytes(text), options)
        except re2.error as error:
            raise ValueError(_said(error)) from None
        if self._compiled.programsize > LARGEST:
            raise ValueError("the expression is too large")
        self.groups: int = self._compiled.groups
        self.fullmatch: Callable[[bytes], Any] = self._compiled.fullmatch
        self.search: Callable[[bytes], Any] = self._compiled.search

    def span(self) -> tuple[bytes, bytes]:
        """Two texts between which, in the order of bytes, all lie that the whole expression matches."""
        try:
            first, last = self._compiled.possiblematchrange(SPAN_BYTES)
        except re2.error:
            return b"", LAST
        return first, last

    def replacing(self, replacement: str) -> Callable[[bytes], bytes]:
        r"""A function that replaces every match; `$1` and `\1` stand for groups.

        Raises `ValueError` for a group the expression has not got, and for any other backslash.
        """
        pieces = [as_bytes(piece) for piece in _GROUP.split(replacement)]
        texts, groups = pieces[::2], [int(piece) for piece in pieces[1::2]]
        if any(b"\\" in text for text in texts):
            raise ValueError("in a replacement a backslash stands before the number of a group alone")
        if unknown := [group for group in groups if not group <= self.groups]:
            raise ValueError(f"the expression has no group {unknown[0]}")

        def put_in(match: Any) -> bytes:
            found = [texts[0]]
            for group, text in zip(groups, texts[1:], strict=True):
                found += [match.group(group) or b"", text]
            return b"".join(found)

        return lambda text: bytes(self._compiled.sub(put_in, text))


def as_bytes(text: str) -> bytes:
    """UTF-8, also of lone surrogates, which JSON may hold: they match nothing."""
    return text.encode("utf-8", "surrogatepass")


def _said(error: Exception) -> str:
    why = error.args[0] if error.args else ""
    return why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
