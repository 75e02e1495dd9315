"""W3C Trace Context, level 1: the trace of the caller goes on, with a span of our own."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE = b"0" * 32
_NO_SPAN = b"0" * 16


def traceparent(sent: bytes | None, own: bytes) -> bytes:
    """The field for the upstream.

    `sent` is the caller's; without a valid one a trace begins with `own` as its id: 32 hexadecimal digits, of which
    the last 16 name our span in either case.
    """
    if sent is not None:
        known = _TRACEPARENT.fullmatch(sent)
        if known is not None and known[1] != _NO_TRACE and known[2] != _NO_SPAN:
            return b"00-%b-%b-%b" % (known[1], own[16:], known[3])
    return b"00-%b-%b-01" % (own, own[16:])
