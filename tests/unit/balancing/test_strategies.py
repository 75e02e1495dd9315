"""G-380: what every strategy promises, whatever its own rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.balancing import STRATEGIES, Balancer, usable
from services.spec import InstanceSpec, ServiceSpec
from tests.unit.balancing.instances import equals, instances

every_strategy = pytest.mark.parametrize("strategy", sorted(STRATEGIES))
TAKING_TURNS = ("ewma", "least_connections", "round_robin", "weighted")
every_strategy_that_takes_turns = pytest.mark.parametrize("strategy", TAKING_TURNS)


def picked(balancer: Balancer, candidates: tuple[InstanceSpec, ...], times: int) -> list[str]:
    found = [balancer.pick(candidates, ()) for _ in range(times)]
    return [instance.id for instance in found if instance is not None]


def test_g380_the_strategies_a_route_may_name() -> None:
    assert set(STRATEGIES) == {*TAKING_TURNS, "random", "weighted_random", "hash"}


@every_strategy
def test_g380_nothing_to_choose_from_gives_none(strategy: str) -> None:
    assert STRATEGIES[strategy]().pick((), ()) is None


@every_strategy
def test_g380_a_retry_takes_another_instance_until_all_are_tried(strategy: str) -> None:
    balancer, candidates, tried = STRATEGIES[strategy](), equals("a", "b", "c"), set[str]()
    while (instance := balancer.pick(candidates, tried)) is not None:
        assert instance.id not in tried
        tried.add(instance.id)
    assert tried == {"a", "b", "c"}


@every_strategy_that_takes_turns
def test_g380_equal_instances_share_equally(strategy: str) -> None:
    counted = picked(STRATEGIES[strategy](), equals("a", "b", "c"), 600)
    assert [counted.count(key) for key in "abc"] == [200, 200, 200]


@every_strategy_that_takes_turns
def test_g380_a_reload_that_changes_nothing_disturbs_nothing(strategy: str) -> None:
    balancer = STRATEGIES[strategy]()
    counted = [key for _ in range(60) for key in picked(balancer, equals("a", "b", "c"), 1)]
    assert counted == counted[:3] * 20


@every_strategy
def test_g380_the_spec_of_the_new_configuration_is_returned(strategy: str) -> None:
    balancer = STRATEGIES[strategy]()
    balancer.pick(equals("a"), ())
    renewed = instances({"a": 7})
    assert balancer.pick(renewed, ()) is renewed[0]


@every_strategy
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_g380_any_history_of_changes_picks_only_candidates_and_starves_none(strategy: str, data: st.DataObject) -> None:
    balancer = STRATEGIES[strategy]()
    running: list[str] = []
    histories = st.dictionaries(st.sampled_from("abcde"), st.sampled_from([1, 100, 1000]), min_size=1)
    for weights in data.draw(st.lists(histories, min_size=1, max_size=5)):
        candidates = instances(weights)
        for tried in data.draw(st.lists(st.sets(st.sampled_from("abcde")), max_size=6)):
            instance = balancer.pick(candidates, tried)
            assert (instance is None) == (set(weights) <= tried)
            if instance is not None:
                assert instance in candidates
                assert instance.id not in tried
                balancer.acquire(instance.id)
                running.append(instance.id)
    for instance_id in running:
        balancer.release(instance_id)
    if strategy not in TAKING_TURNS:
        return
    rounds = 3 * (sum(weights.values()) // min(weights.values()) + len(weights))
    assert set(picked(balancer, candidates, rounds)) == set(weights)


def test_g206_only_healthy_instances_are_usable_in_their_order() -> None:
    def an_instance(key: str, status: str) -> InstanceSpec:
        return InstanceSpec(id=key, instance_id=key, scheme="http", host="h", port=1, status=status)  # type: ignore[arg-type]

    states = {"a": "healthy", "b": "draining", "c": "unhealthy", "d": "healthy"}
    service = ServiceSpec(id="s", name="s", instances=tuple(an_instance(*item) for item in states.items()))
    assert [instance.id for instance in usable(service)] == ["a", "d"]
