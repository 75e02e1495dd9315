"""The sliding window against a model that remembers every request for ever (G-340, G-341)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.limiting.encoding import EXACT_LIMIT
from proxy.limiting.sliding_buckets import PARTS, SlidingBuckets
from proxy.limiting.sliding_log import SlidingLog
from proxy.limiting.sliding_window import SlidingWindow, sliding_window

W = 64.0
STEP = W / PARTS
gaps = st.lists(st.sampled_from([0.0, 0.0625, 0.25, 1.0, 7.0, 31.0, 63.0, 64.0, 65.0]), max_size=60)


def times_of(gaps: list[float]) -> list[float]:
    found, now = [], 1000.0
    for gap in gaps:
        now += gap
        found.append(now)
    return found


def decide(window: SlidingWindow, state: bytes, now: float):
    verdict, new = window.decide(memoryview(state), now)
    return verdict, state if new is None else new


@given(gaps, st.integers(1, 8))
def test_g341_the_log_admits_exactly_what_a_perfect_memory_would(gaps: list[float], limit: int) -> None:
    admitted: list[float] = []
    state = b""
    for now in times_of(gaps):
        verdict, state = decide(SlidingLog(limit, W), state, now)
        counted = [time for time in admitted if time > now - W]
        assert verdict.admitted == (len(counted) < limit)
        if verdict.admitted:
            admitted.append(now)
            counted.append(now)
        assert verdict.remaining == limit - len(counted)
        assert verdict.free_in == counted[0] + W - now
        assert len(state) <= 8 * limit


@given(gaps, st.integers(1, 8))
def test_g341_buckets_never_admit_more_and_refuse_a_256th_of_the_window_longer_at_most(
    gaps: list[float], limit: int
) -> None:
    admitted: list[float] = []
    state = b""
    for now in times_of(gaps):
        verdict, state = decide(SlidingBuckets(limit, W), state, now)
        counted = [time for time in admitted if time > now - W]
        if verdict.admitted:
            assert len(counted) < limit
            admitted.append(now)
        else:
            assert len([time for time in admitted if time > now - W - STEP]) >= limit
            assert verdict.remaining == 0
        assert 0 < verdict.free_in <= W + STEP


@given(gaps, st.integers(1, 8), st.sampled_from([SlidingLog, SlidingBuckets]))
def test_g340_who_waits_as_long_as_it_is_told_is_admitted(gaps: list[float], limit: int, kind: type) -> None:
    window = kind(limit, W)
    state, now = b"", 1000.0
    for now in times_of(gaps):
        verdict, state = decide(window, state, now)
        if not verdict.admitted:
            assert not decide(window, state, now + verdict.free_in - 0.03125)[0].admitted
            assert decide(window, state, now + verdict.free_in)[0].admitted


@given(gaps, st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=60, max_size=60))
def test_g104_a_changed_limit_judges_by_the_requests_before_it(
    gaps: list[float], limits: list[tuple[int, bool]]
) -> None:
    admitted: list[float] = []
    state = b""
    for now, (limit, exact) in zip(times_of(gaps), limits, strict=False):
        window = SlidingLog(limit, W) if exact else SlidingBuckets(limit, W)
        verdict, state = decide(window, state, now)
        if verdict.admitted:
            assert len([time for time in admitted if time > now - W]) < limit
            admitted.append(now)
        else:
            assert len([time for time in admitted if time > now - W - STEP]) >= limit
            later = now + verdict.free_in
            assert decide(window, state, later)[0].admitted


@pytest.mark.parametrize("kind", [SlidingLog, SlidingBuckets])
def test_a_clock_read_before_another_process_was_served_changes_nothing(kind: type) -> None:
    state = b""
    for now in (100.5, 100.0, 100.25):
        verdict, state = decide(kind(3, W), state, now)
        assert verdict.admitted
    assert not decide(kind(3, W), state, 100.125)[0].admitted
    assert not decide(kind(3, W), state, 163.75)[0].admitted
    assert decide(kind(3, W), state, 165.0)[0].admitted


def test_a_limit_of_4096_is_exact_and_one_more_is_not() -> None:
    assert isinstance(sliding_window(EXACT_LIMIT, W), SlidingLog)
    assert isinstance(sliding_window(EXACT_LIMIT + 1, W), SlidingBuckets)


def test_states_stay_small_whatever_the_limit() -> None:
    exact, coarse = sliding_window(EXACT_LIMIT, W), sliding_window(1_000_000_000, W)
    logged = counted = b""
    for number in range(3 * EXACT_LIMIT):
        logged = decide(exact, logged, 1.0 + number * W / EXACT_LIMIT)[1]
        counted = decide(coarse, counted, 1.0 + number * W / EXACT_LIMIT)[1]
    assert len(logged) == 8 * EXACT_LIMIT
    assert len(counted) <= 16 + 16 * (PARTS + 2)


def test_a_large_count_becomes_a_log_of_the_newest() -> None:
    state = b""
    for number in range(EXACT_LIMIT + 100):
        state = decide(SlidingBuckets(10**9, W), state, 1.0 + (number >= 200))[1]
    verdict, log = decide(SlidingLog(5, W), state, 3.0)
    assert (verdict.admitted, verdict.free_in, len(log)) == (False, 63.0, 8 * EXACT_LIMIT)
