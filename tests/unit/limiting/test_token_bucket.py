"""The token bucket against one that is filled by exact fractions, and its promise over any time (G-342)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from proxy.limiting.token_bucket import TokenBucket

gaps = st.lists(st.sampled_from([0.0, 0.125, 0.25, 1.0, 3.5, 64.0]), max_size=60)
rates = st.sampled_from([0.125, 0.5, 1.0, 2.0, 8.0])
peaks = st.integers(1, 9)


def times_of(gaps: list[float]) -> list[float]:
    found, now = [], 1000.0
    for gap in gaps:
        now += gap
        found.append(now)
    return found


def admitted_at(times: list[float], bucket: TokenBucket) -> list[float]:
    state, admitted = b"", []
    for now in times:
        verdict, new = bucket.decide(memoryview(state), now)
        state = state if new is None else new
        if verdict.admitted:
            admitted.append(now)
    return admitted


@given(gaps, rates, peaks)
def test_g342_a_bucket_admits_exactly_what_one_filled_by_fractions_would(
    gaps: list[float], rate: float, peak: int
) -> None:
    bucket, state = TokenBucket(rate, peak), b""
    tokens, since = Fraction(peak), Fraction(1000)
    for now in times_of(gaps):
        tokens = min(Fraction(peak), tokens + (Fraction(now) - since) * Fraction(rate))
        since = Fraction(now)
        verdict, new = bucket.decide(memoryview(state), now)
        assert verdict.admitted == (tokens >= 1)
        if verdict.admitted:
            tokens -= 1
            assert new is not None
            state = new
            assert verdict.remaining == int(tokens)
            assert verdict.free_in == (verdict.remaining + 1 - tokens) / Fraction(rate)
        else:
            assert new is None
            assert (verdict.remaining, verdict.free_in) == (0, (1 - tokens) / Fraction(rate))


@given(gaps, rates, peaks)
def test_g342_no_stretch_of_time_sees_more_than_the_peak_and_what_the_rate_brings(
    gaps: list[float], rate: float, peak: int
) -> None:
    admitted = admitted_at(times_of(gaps), TokenBucket(rate, peak))
    for first, begin in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= peak + rate * (admitted[last] - begin)


@given(gaps, st.lists(st.tuples(rates, peaks), min_size=60, max_size=60))
def test_g104_a_changed_bucket_keeps_what_is_missing(gaps: list[float], settings: list[tuple[float, int]]) -> None:
    state, missing, since = b"", Fraction(0), Fraction(1000)
    for now, (rate, peak) in zip(times_of(gaps), settings, strict=False):
        refilled = max(Fraction(0), missing - (Fraction(now) - since) * Fraction(rate))
        verdict, new = TokenBucket(rate, peak).decide(memoryview(state), now)
        assert verdict.admitted == (refilled + 1 <= peak)
        if new is not None:
            state, missing, since = new, refilled + 1, Fraction(now)


def test_a_clock_read_before_another_process_was_served_fills_nothing() -> None:
    bucket = TokenBucket(1.0, 2)
    _verdict, state = bucket.decide(b"", 100.5)
    verdict, state = bucket.decide(state, 100.0)
    assert (verdict.admitted, verdict.remaining) == (True, 0)
    assert not bucket.decide(state, 100.25)[0].admitted
    assert bucket.decide(state, 101.5)[0].admitted


def test_a_state_counts_until_the_bucket_is_full_again() -> None:
    assert TokenBucket(2.0, 10).lifetime == 5.0
