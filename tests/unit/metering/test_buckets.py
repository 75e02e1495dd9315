from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.metering.buckets import DURATION_BOUNDS, OWN_BOUNDS, quantile


def counted(values: list[float]) -> list[int]:
    counts = [0] * (len(DURATION_BOUNDS) + 1)
    for value in values:
        counts[bisect_left(DURATION_BOUNDS, value)] += 1
    return counts


@pytest.mark.parametrize("bounds", [DURATION_BOUNDS, OWN_BOUNDS])
def test_bounds_rise(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert quantile(0.5, counted([])) == 0.0


def test_a_quantile_lies_evenly_in_its_bucket() -> None:
    assert quantile(0.5, counted([0.05] * 4)) == pytest.approx(0.0375)
    assert quantile(1.0, counted([0.05] * 4)) == pytest.approx(0.05)
    assert quantile(0.99, counted([99.0])) == 30.0


@given(st.lists(st.floats(0.0, 29.0), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_in_the_bucket_of_the_value_of_its_rank(values: list[float], share: float) -> None:
    found = quantile(share, counted(values))
    exact = next(value for place, value in enumerate(sorted(values), 1) if place >= share * len(values))
    place = bisect_left(DURATION_BOUNDS, exact)
    lower = DURATION_BOUNDS[place - 1] if place else 0.0
    assert lower <= found <= DURATION_BOUNDS[place] * (1 + 1e-9)
