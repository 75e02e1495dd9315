"""Shares are counted with a seeded generator; the bound is five standard deviations of a binomial share."""

from __future__ import annotations

import random
from math import sqrt

from hypothesis import given
from hypothesis import strategies as st

from proxy.balancing.uniform_random import UniformRandom
from proxy.balancing.weighted_random import WeightedRandom
from tests.unit.balancing.instances import instances
from tests.unit.balancing.test_strategies import picked

CHOICES = 20_000
LARGEST = 1 - 2**-53
"""What `random.random` gives at most."""


def assert_shares(counted: list[str], shares: dict[str, float]) -> None:
    for key, share in shares.items():
        assert abs(counted.count(key) - CHOICES * share) <= 5 * sqrt(CHOICES * share * (1 - share)), key


def test_g380_random_shares_equally_whatever_the_weights() -> None:
    counted = picked(UniformRandom(random.Random(7).random), instances({"a": 1, "b": 10, "c": 1000}), CHOICES)
    assert_shares(counted, dict.fromkeys("abc", 1 / 3))


def test_g380_weighted_random_shares_by_weight() -> None:
    balancer = WeightedRandom(random.Random(7).random)
    assert_shares(picked(balancer, instances({"a": 1, "b": 2, "c": 7}), CHOICES), {"a": 0.1, "b": 0.2, "c": 0.7})
    assert_shares(picked(balancer, instances({"a": 3, "b": 1}), CHOICES), {"a": 0.75, "b": 0.25})


def test_g380_after_a_failure_the_others_keep_their_proportions() -> None:
    balancer, candidates = WeightedRandom(random.Random(7).random), instances({"a": 1, "b": 3, "c": 7})
    counted = [found.id for _ in range(CHOICES) if (found := balancer.pick(candidates, ["c"])) is not None]
    assert_shares(counted, {"a": 0.25, "b": 0.75, "c": 0.0})


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1000), min_size=1),
    st.sampled_from([0.0, 0.5, LARGEST]),
)
def test_g380_the_ends_of_the_range_are_the_first_and_the_last(weights: dict[str, int], number: float) -> None:
    candidates = instances(weights)
    for balancer in (UniformRandom(lambda: number), WeightedRandom(lambda: number)):
        chosen = balancer.pick(candidates, ())
        assert chosen in candidates
        if number != 0.5:
            assert chosen is candidates[0 if number == 0.0 else -1]
