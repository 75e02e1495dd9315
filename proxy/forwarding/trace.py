"""W3C Trace Context, level 1: the trace of the caller goes on, with a span of our own."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE, _SPAN, _FLAGS = slice(3, 35), slice(36, 52), slice(53, 55)


def parsed(sent: bytes | None) -> tuple[bytes, bytes, bytes] | None:
    """Trace id, span id and flags of a `traceparent`, in hexadecimal; None for one that is missing or not valid."""
    if sent is None or _TRACEPARENT.fullmatch(sent) is None:
        return None
    return sent[_TRACE], sent[_SPAN], sent[_FLAGS]


def traceparent(sent: bytes | None, own: bytes) -> bytes:
    """The field for the upstream.

    `sent` is the caller's; without a valid one a trace begins with `own` as its id: 32 hexadecimal digits, of which
    the last 16 name our span in either case.
    """
    if sent is not None and _TRACEPARENT.fullmatch(sent) is not None:
        return b"00-%b-%b-%b" % (sent[_TRACE], own[16:], sent[_FLAGS])
    return b"00-%b-%b-01" % (own, own[16:])


def trace_id(sent: bytes | None, own: bytes) -> bytes:
    """The trace that a request belongs to, 32 hexadecimal digits: the caller's where it sent one, else ours."""
    known = parsed(sent) if sent is not None else None
    return own if known is None else known[0]
