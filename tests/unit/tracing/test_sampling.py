from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.forwarding.trace import traceparent
from proxy.runtime import RequestIds
from proxy.tracing.sampling import trace_context

SENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-%b"
OWN = b"0123456789abcdef0123456789abcdef"


def test_a_callers_decision_holds_whatever_the_ratio() -> None:
    for ratio in (0.0, 1.0):
        assert trace_context(SENT % b"01", OWN, ratio).is_sampled
        assert not trace_context(SENT % b"00", OWN, ratio).is_sampled


def test_the_context_is_the_callers_with_spans_of_our_own() -> None:
    context = trace_context(SENT % b"01", OWN, 1.0)
    assert (context.trace, context.parent) == (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
    assert len({context.parent, context.span, context.client_span}) == 3
    assert context.traceparent == traceparent(SENT % b"01", OWN)


def test_a_broken_traceparent_begins_a_trace() -> None:
    for broken in (None, b"", SENT % b"1", b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01", b"01" + (SENT % b"01")[2:]):
        context = trace_context(broken, OWN, 1.0)
        assert (context.trace, context.parent) == (int(OWN, 16), None)


def test_ids_that_count_up_are_recorded_evenly_at_the_ratio() -> None:
    ids = RequestIds()
    for ratio in (0.0, 0.1, 0.5, 1.0):
        recorded = [trace_context(None, ids.next(), ratio).is_sampled for _ in range(10_000)]
        assert abs(sum(recorded) - 10_000 * ratio) < 100
        for start in range(0, 10_000, 1000):
            assert abs(sum(recorded[start : start + 1000]) - 1000 * ratio) < 40


@given(st.binary(min_size=16, max_size=16), st.floats(0, 1))
def test_what_goes_up_names_the_trace_and_the_client_span(own: bytes, ratio: float) -> None:
    context = trace_context(None, own.hex().encode(), ratio)
    version, trace, span, flags = context.traceparent.split(b"-")
    assert (version, int(trace, 16), int(span, 16)) == (b"00", context.trace, context.client_span)
    assert flags == (b"01" if context.is_sampled else b"00")
