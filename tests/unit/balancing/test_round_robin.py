from __future__ import annotations

from proxy.balancing.round_robin import RoundRobin
from tests.unit.balancing.instances import equals
from tests.unit.balancing.test_strategies import picked


def test_g380_each_in_turn() -> None:
    assert "".join(picked(RoundRobin(), equals("a", "b", "c"), 7)) == "abcabca"


def test_g380_who_was_served_last_is_not_served_first_after_a_change() -> None:
    balancer = RoundRobin()
    picked(balancer, equals("a", "b", "c"), 1)
    assert "".join(picked(balancer, equals("a", "b", "c", "d"), 4)) == "bcad"
    assert "".join(picked(balancer, equals("a", "d"), 3)) == "ada"


def test_g380_an_instance_that_went_away_comes_back_as_a_new_one() -> None:
    balancer = RoundRobin()
    picked(balancer, equals("a", "b"), 1)
    picked(balancer, equals("a"), 1)
    assert "".join(picked(balancer, equals("b", "a"), 2)) == "ab"
