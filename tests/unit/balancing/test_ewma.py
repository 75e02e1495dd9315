from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.balancing.ewma import PeakEwma
from tests.unit.balancing.instances import equals, instances
from tests.unit.balancing.test_strategies import picked


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def observed(clock: Clock | None = None, **seconds: float) -> PeakEwma:
    balancer = PeakEwma(clock or Clock())
    balancer.pick(equals(*seconds), ())
    for instance_id, latency in seconds.items():
        balancer.observe(instance_id, latency)
    return balancer


def test_g380_the_faster_is_preferred() -> None:
    assert set(picked(observed(a=0.1, b=0.01, c=0.2), equals("a", "b", "c"), 5)) == {"b"}


def test_g380_running_requests_outweigh_latency() -> None:
    balancer, candidates = observed(a=0.030, b=0.010), equals("a", "b")
    taken = []
    for _ in range(8):
        (chosen,) = picked(balancer, candidates, 1)
        balancer.acquire(chosen)
        taken.append(chosen)
    assert taken.count("b") == 6, "three times as fast, three times as many"
    for chosen in taken:
        balancer.release(chosen)
    balancer.release("b")
    assert picked(balancer, candidates, 1) == ["b"]


def test_g380_latency_counts_by_weight() -> None:
    assert picked(observed(a=0.02, b=0.03), instances({"a": 100, "b": 300}), 2) == ["b", "b"]


def test_g380_a_peak_counts_at_once_and_fades() -> None:
    clock = Clock()
    balancer, candidates = observed(clock, a=0.01, b=0.02), equals("a", "b")
    balancer.observe("a", 1.0)
    assert picked(balancer, candidates, 1) == ["b"]
    for _ in range(60):
        clock.seconds += 1
        balancer.observe("b", 0.02)
    assert picked(balancer, candidates, 1) == ["a"], "forgotten, so tried again"
    balancer.observe("a", 0.01)
    assert picked(balancer, candidates, 1) == ["a"]


def test_g380_one_that_fails_at_once_does_not_seem_fast() -> None:
    balancer = observed(a=0.5, b=0.5)
    balancer.failed("a")
    balancer.observe("a", 0.001)
    assert picked(balancer, equals("a", "b"), 3) == ["b"] * 3


def test_g380_a_new_instance_is_tried_with_one_request_at_first() -> None:
    balancer, candidates = observed(a=0.1), equals("a", "new")
    assert picked(balancer, candidates, 1) == ["new"]
    balancer.acquire("new")
    assert picked(balancer, candidates, 3) == ["a"] * 3


def test_g380_latency_of_one_that_left_is_forgotten() -> None:
    balancer = observed(a=5.0, b=0.1)
    picked(balancer, equals("b"), 1)
    assert picked(balancer, equals("a", "b"), 1) == ["a"]


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 300)), min_size=1, max_size=20))
def test_g380_latency_never_falls_below_the_last_answer_nor_rises_above_the_slowest(
    answers: list[tuple[float, float]],
) -> None:
    clock = Clock()
    balancer, slowest = PeakEwma(clock), 0.0
    for waited, seconds in answers:
        clock.seconds += waited
        balancer.observe("a", seconds)
        slowest = max(slowest, seconds)
        assert seconds <= balancer._latency["a"][0] <= slowest + 1e-9
