"""The retry budget: never more than the share, a few always, and nothing saved up for long (G-404)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.forwarding.retry_budget import WINDOW_SECONDS, RetryBudget


def spent(budget: RetryBudget, now: float, tries: int) -> int:
    return sum(budget.spend(now) for _ in range(tries))


def test_g404_a_quiet_service_may_retry_a_few_times_and_then_waits_for_the_next_windows() -> None:
    budget = RetryBudget(share=0.2, floor=10)
    assert spent(budget, 0.0, 50) == 10
    assert spent(budget, WINDOW_SECONDS, 50) == 0, "the last window still counts"
    assert spent(budget, 2 * WINDOW_SECONDS, 50) == 10


def test_g404_a_busy_service_may_retry_a_fifth_of_its_requests() -> None:
    budget = RetryBudget(share=0.2, floor=10)
    for _ in range(1000):
        budget.count(1.0)
    assert spent(budget, 2.0, 500) == 200


def test_g404_requests_of_long_ago_pay_for_nothing() -> None:
    budget = RetryBudget(share=0.2, floor=1)
    for _ in range(1000):
        budget.count(1.0)
    assert spent(budget, 1.0 + 3 * WINDOW_SECONDS, 500) == 1


def test_g404_a_floor_and_share_of_nothing_allow_nothing() -> None:
    assert spent(RetryBudget(share=0.0, floor=0), 0.0, 5) == 0


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["request", "retry", "wait"]), st.floats(0, 4)), max_size=300),
    floor=st.integers(0, 5),
)
def test_g404_over_any_series_retries_stay_below_the_share_of_the_last_ten_seconds(steps, floor) -> None:
    budget, now = RetryBudget(share=0.2, floor=floor), 0.0
    requests: list[float] = []
    retries: list[float] = []
    for kind, seconds in steps:
        if kind == "wait":
            now += seconds
        elif kind == "request":
            budget.count(now)
            requests.append(now)
        elif budget.spend(now):
            retries.append(now)
        recent = [time for time in retries if time > now - WINDOW_SECONDS]
        among = [time for time in requests if time > now - 2 * WINDOW_SECONDS]
        assert len(recent) <= max(floor, 0.2 * len(among) + 1)
