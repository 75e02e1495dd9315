from __future__ import annotations

from proxy.balancing.least_connections import LeastConnections
from tests.unit.balancing.instances import equals, instances
from tests.unit.balancing.test_strategies import picked


def test_g380_the_instance_with_fewest_running_requests() -> None:
    balancer, candidates = LeastConnections(), equals("a", "b", "c")
    for busy in ("a", "a", "b", "c", "c"):
        balancer.acquire(busy)
    assert picked(balancer, candidates, 3) == ["b", "b", "b"]
    balancer.release("a")
    balancer.release("a")
    assert picked(balancer, candidates, 2) == ["a", "a"]


def test_g380_running_requests_count_by_weight() -> None:
    balancer = LeastConnections()
    for busy in ("big", "big", "small"):
        balancer.acquire(busy)
    assert picked(balancer, instances({"small": 100, "big": 300}), 1) == ["big"]


def test_g380_counts_survive_an_absence_and_never_fall_below_zero() -> None:
    balancer = LeastConnections()
    balancer.acquire("a")
    picked(balancer, equals("b"), 1)
    assert picked(balancer, equals("a", "b"), 2) == ["b", "b"]
    for _ in range(3):
        balancer.release("a")
    balancer.release("unknown")
    balancer.acquire("b")
    assert picked(balancer, equals("a", "b"), 2) == ["a", "a"]
