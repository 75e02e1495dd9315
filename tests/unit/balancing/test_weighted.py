from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.balancing.weighted import SmoothWeighted
from tests.unit.balancing.instances import instances
from tests.unit.balancing.test_strategies import picked


def test_g380_weights_100_200_300_get_exactly_that_many_of_600() -> None:
    counted = picked(SmoothWeighted(), instances({"a": 100, "b": 200, "c": 300}), 600)
    assert [counted.count(key) for key in "abc"] == [100, 200, 300]


def test_g380_shares_are_spread_not_sent_in_bursts() -> None:
    assert "".join(picked(SmoothWeighted(), instances({"a": 5, "b": 1, "c": 1}), 7)) == "aabacaa"


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1))
def test_g380_every_period_has_the_exact_shares(weights: dict[str, int]) -> None:
    balancer, candidates = SmoothWeighted(), instances(weights)
    for _ in range(2):
        counted = picked(balancer, candidates, sum(weights.values()))
        assert {key: counted.count(key) for key in weights} == weights


def test_g380_shares_stay_exact_across_reloads_in_mid_period() -> None:
    balancer = SmoothWeighted()
    counted = [key for _ in range(60) for key in picked(balancer, instances({"a": 1, "b": 2, "c": 3}), 1)]
    assert [counted.count(key) for key in "abc"] == [10, 20, 30]


def test_g380_a_debt_from_large_weights_does_not_starve_under_small_ones() -> None:
    balancer = SmoothWeighted()
    picked(balancer, instances({"a": 1000, "b": 900}), 1)
    assert "a" in picked(balancer, instances({"a": 1, "b": 1}), 3)


def test_g380_a_new_instance_gets_no_burst() -> None:
    balancer = SmoothWeighted()
    picked(balancer, instances({"a": 100, "b": 100}), 11)
    counted = picked(balancer, instances({"a": 100, "b": 100, "c": 100}), 6)
    assert counted.count("c") == 2
    assert "cc" not in "".join(counted)


def test_g380_credit_of_those_who_left_is_forgotten() -> None:
    balancer = SmoothWeighted()
    picked(balancer, instances({"a": 1, "b": 1000}), 3)
    balancer.pick((), ())
    counted = picked(balancer, instances({"a": 1, "b": 1}), 2)
    assert sorted(counted) == ["a", "b"]
