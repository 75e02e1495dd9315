"""Several limits on one request against a model that remembers every request (G-342)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.limiting.all_or_nothing import AllOrNothing, tightest
from proxy.limiting.sliding_window import sliding_window
from proxy.limiting.token_bucket import TokenBucket
from proxy.limiting.verdict import Verdict
from proxy.state.own_counters import OwnCounters
from proxy.state.shared_counters import SharedCounters

windows = st.tuples(st.integers(1, 6), st.sampled_from([4.0, 16.0, 64.0]))
steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0, 5.0, 20.0, 70.0]), st.lists(st.integers(0, 2), min_size=3, max_size=3)),
    max_size=60,
)
"""Seconds since the request before, and which of three subjects it is for each of three rules."""


def check_against_perfect_memory(store, chosen, requests) -> None:
    rules = AllOrNothing([sliding_window(limit, length) for limit, length in chosen])
    counted: list[tuple[float, list[int]]] = []
    now = 1000.0
    for gap, subjects in requests:
        now += gap
        keys = [b"%d:%d" % pair for pair in enumerate(subjects)]
        verdicts = store.change_all(keys, rules, now)
        used = [
            sum(1 for time, others in counted if time > now - length and others[place] == subjects[place])
            for place, (_limit, length) in enumerate(chosen)
        ]
        fits = [held < limit for held, (limit, _length) in zip(used, chosen, strict=True)]
        assert [verdict.admitted for verdict in verdicts] == fits
        if all(fits):
            counted.append((now, subjects))
            assert [v.remaining for v in verdicts] == [
                limit - held - 1 for held, (limit, _length) in zip(used, chosen, strict=True)
            ]


@given(st.lists(windows, min_size=3, max_size=3), steps)
def test_g342_a_request_is_counted_by_all_limits_or_by_none(chosen, requests) -> None:
    check_against_perfect_memory(OwnCounters(), chosen, requests)


def test_g342_the_shared_store_counts_by_all_or_by_none_too(tmp_path) -> None:
    path = iter(range(10_000))

    @given(st.lists(windows, min_size=3, max_size=3), steps)
    def holds(chosen, requests) -> None:
        place = tmp_path / str(next(path))
        place.mkdir()
        store = SharedCounters(place, map_bytes=1 << 20)
        check_against_perfect_memory(store, chosen, requests)
        store.close()

    holds()


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [
        ([Verdict(True, 50, 9.0), Verdict(True, 4, 1.0)], 1),
        ([Verdict(True, 10, 9.0), Verdict(True, 5, 1.0)], 0),
        ([Verdict(True, 0, 1.0), Verdict(False, 0, 3.0)], 1),
        ([Verdict(False, 0, 7.0), Verdict(False, 0, 3.0)], 0),
    ],
    ids=["a smaller share", "a smaller share though more places", "a refusal before any share", "the longer wait"],
)
def test_g342_the_tightest_limit_is_told(verdicts: list[Verdict], wanted: int) -> None:
    rules = [sliding_window(100, 60.0), TokenBucket(1.0, 10)]
    assert tightest(rules, verdicts) == wanted
