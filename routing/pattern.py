"""Reading a route's path pattern: which kind it really is and how far its text is literal.

`*` stands for a whole segment: at the end for the rest of the path, which may be empty, elsewhere for one
segment that is not. A `*` beside other text (`/v*`) is an ordinary character here; the control plane refuses it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from routing.path import canonicalise
from routing.spec import PathKind, RouteSpec

_LITERAL_IN_REGEX = re.compile(r"(?:[A-Za-z0-9_/~%:@!&=,'-]|\\[^A-Za-z0-9])(?![?*{+])")
_CLASS_OR_ESCAPE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
"""What percent-encoding leaves alone in text that may hold escapes already."""


def match_bytes(text: str) -> bytes:
    """Text of a pattern as it appears in a `match_key`: UTF-8 percent-encoded, escapes in upper case.

    Raises `PathError`, a `ValueError`, for text that no canonical path can hold.
    """
    if not (text.isascii() and text.isprintable() and " " not in text):
        text = quote(text, safe=PRINTABLE)
    return canonicalise(text.encode("ascii")).match_key


def effective_kind(route: RouteSpec) -> PathKind:
    """The kind that decides order and matching: a prefix with a `*` inside is a pattern."""
    if route.path_kind != "prefix" or "*" not in route.path_pattern[:-1]:
        return route.path_kind
    return "pattern" if "*" in literal_prefix(route).split("/") else "prefix"


def literal_prefix(route: RouteSpec) -> str:
    """The text every matched path begins with.

    `/a/` for prefix `/a/*`, `/a` for prefix `/a`, `/a/` for pattern `/a/*/b`, and for a regular expression the
    literal head cut after its last slash.
    """
    pattern = route.path_pattern
    if route.path_kind == "exact":
        return pattern
    if route.path_kind == "regex":
        return _regex_head(pattern)
    if route.path_kind == "prefix":
        return pattern[:-1] if pattern.endswith("/*") else pattern
    segments = pattern.split("/")
    if "*" not in segments:
        return pattern
    return "/".join(segments[: segments.index("*")]) + "/"


def _regex_head(pattern: str) -> str:
    pattern = pattern.removeprefix("^")
    if _has_alternatives(pattern):
        return ""
    head = []
    position = 0
    while piece := _LITERAL_IN_REGEX.match(pattern, position):
        head.append(piece[0].removeprefix("\\"))
        position = piece.end()
    text = "".join(head)
    return text[: text.rfind("/") + 1]


def _has_alternatives(pattern: str) -> bool:
    """Whether a `|` stands outside every group, which leaves no common head."""
    depth = 0
    for character in _CLASS_OR_ESCAPE.sub("", pattern):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "|" and depth <= 0:
            return True
    return False
