"""Which origins a list allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_NAME_BELOW = re.compile(rb"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def compile_origins(allowed: Iterable[str]) -> Callable[[bytes], bytes]:
    """A function from an Origin field to what Access-Control-Allow-Origin says; empty for an origin that may not.

    Origins are compared as browsers write them (RFC 6454 section 6.2): scheme, host in lower case, port unless it is
    the scheme's own. `https://*.example.com` allows names below example.com, not example.com itself.
    """
    names = tuple(allowed)
    if "*" in names:
        return lambda origin: b"*"
    exact = frozenset(name.encode("ascii") for name in names if "*" not in name)
    below = tuple(
        (scheme.encode("ascii"), rest.encode("ascii"))
        for scheme, star, rest in (n.partition("*") for n in names)
        if star
    )

    def allow(origin: bytes) -> bytes:
        if origin in exact:
            return origin
        return origin if below and any(_is_below(origin, head, tail) for head, tail in below) else b""

    return allow


def _is_below(origin: bytes, head: bytes, tail: bytes) -> bool:
    """`head` ends before the name and `tail` begins with the dot after it; what is between must be nothing else."""
    if not (origin.startswith(head) and origin.endswith(tail) and len(origin) > len(head) + len(tail)):
        return False
    return _NAME_BELOW.fullmatch(origin[len(head) : len(origin) - len(tail)]) is not None
