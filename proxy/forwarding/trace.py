"""W3C Trace Context, level 1: the trace of the caller goes on, with a span of our own."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE = b"0" * 32
_NO_SPAN = b"0" * 16


def parsed(sent: bytes | None) -> tuple[bytes, bytes, bytes] | None:
    """Trace id, span id and flags of a `traceparent`, in hexadecimal; None for one that is missing or not valid."""
    known = _TRACEPARENT.fullmatch(sent) if sent is not None else None
    if known is None or known[1] == _NO_TRACE or known[2] == _NO_SPAN:
        return None
    return known[1], known[2], known[3]


def traceparent(sent: bytes | None, own: bytes) -> bytes:
    """The field for the upstream.

    `sent` is the caller's; without a valid one a trace begins with `own` as its id: 32 hexadecimal digits, of which
    the last 16 name our span in either case.
    """
    known = parsed(sent) if sent is not None else None
    if known is not None:
        return b"00-%b-%b-%b" % (known[0], own[16:], known[2])
    return b"00-%b-%b-01" % (own, own[16:])
