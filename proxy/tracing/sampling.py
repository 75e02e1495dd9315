"""Which traces are recorded. Pure: the same trace is judged alike wherever and however often it is asked for."""

from __future__ import annotations

from typing import NamedTuple

from proxy.forwarding.trace import parsed

_SPREAD = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: ids of ours count up, and products with it lie evenly."""
_MASK = 0xFFFFFFFFFFFFFFFF
_SAMPLED = 1
_OURS = 1 << 63


class TraceContext(NamedTuple):
    """Where a request stands in its trace. `span` is the server span, `client_span` the one that instances hear of."""

    trace: int
    parent: int | None
    span: int
    client_span: int
    flags: int

    @property
    def is_sampled(self) -> bool:
        """Whether its spans are recorded."""
        return bool(self.flags & _SAMPLED)

    @property
    def traceparent(self) -> bytes:
        """The field for the instance."""
        return b"00-%032x-%016x-%02x" % (self.trace, self.client_span, self.flags)


def trace_context(sent: bytes | None, own: bytes, ratio: float) -> TraceContext:
    """The context of a request. `sent` is the caller's `traceparent`, which decides where it is valid.

    Else a trace begins with `own` as its id, 32 hexadecimal digits, and `ratio` of those are recorded.
    """
    client_span = int(own[16:], 16)
    span = client_span ^ _OURS
    known = parsed(sent)
    if known is not None:
        trace, parent, flags = known
        return TraceContext(int(trace, 16), int(parent, 16), span, client_span, int(flags, 16))
    recorded = (client_span * _SPREAD & _MASK) < ratio * (_MASK + 1)
    return TraceContext(int(own, 16), None, span, client_span, _SAMPLED if recorded else 0)
