"""W3C Trace Context, level 1: the trace of the caller goes on, with a span of our own."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE = b"0" * 32
_NO_SPAN = b"0" * 16
_TRACE_ID = re.compile(rb"[0-9a-f]{32}")


def traceparent(sent: bytes | None, request_id: bytes, fresh_id: bytes) -> bytes:
    """The field for the upstream.

    `sent` is the caller's; without a valid one a trace begins whose id is the request id where that has the form of
    one, else `fresh_id` (32 hexadecimal digits, whose last 16 also name our span).
    """
    span = fresh_id[16:]
    if sent is not None:
        known = _TRACEPARENT.fullmatch(sent)
        if known is not None and known[1] != _NO_TRACE and known[2] != _NO_SPAN:
            return b"00-%b-%b-%b" % (known[1], span, known[3])
    trace = request_id if _TRACE_ID.fullmatch(request_id) and request_id != _NO_TRACE else fresh_id
    return b"00-%b-%b-01" % (trace, span)
