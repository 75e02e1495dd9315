from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.balancing.consistent_hash import ConsistentHash
from services.spec import InstanceSpec
from tests.unit.balancing.instances import equals, instances

KEYS = [b"key-%d" % number for number in range(2000)]
WEIGHTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 1000), min_size=1)


def placed(candidates: tuple[InstanceSpec, ...], keys: list[bytes] = KEYS) -> list[str]:
    balancer = ConsistentHash()
    return [found.id for key in keys if (found := balancer.pick(candidates, (), key)) is not None]


@given(WEIGHTS, st.binary(max_size=40))
def test_g380_the_same_key_goes_to_the_same_instance_whatever_the_order(weights: dict[str, int], key: bytes) -> None:
    one, other = instances(weights), tuple(reversed(instances(weights)))
    assert placed(one, [key] * 3) == placed(other, [key] * 3)


def test_g380_keys_are_where_they_were_before_a_restart() -> None:
    """Pinned: a change of these moves every session of every installation."""
    assert placed(equals("a", "b", "c"), KEYS[:12]) == list("acbccbbcabcc")


@settings(max_examples=20, deadline=None)
@given(WEIGHTS, st.integers(1, 1000))
def test_g380_who_joins_takes_only_its_share_and_who_leaves_gives_up_only_its_own(
    weights: dict[str, int], weight: int
) -> None:
    without, with_it = placed(instances(weights)), placed(instances({**weights, "new": weight}))
    moved = [after for before, after in zip(without, with_it, strict=True) if before != after]
    assert set(moved) <= {"new"}
    assert len(moved) / len(KEYS) <= weight / (weight + sum(weights.values())) + 0.05


@given(WEIGHTS)
@settings(max_examples=20, deadline=None)
def test_g380_weights_are_respected(weights: dict[str, int]) -> None:
    counted, total = placed(instances(weights)), sum(weights.values())
    for key, weight in weights.items():
        assert abs(counted.count(key) / len(KEYS) - weight / total) < 0.05


def test_g380_a_heavier_instance_only_gains() -> None:
    before, after = placed(equals("a", "b", "c")), placed(instances({"a": 200, "b": 100, "c": 100}))
    assert {new for old, new in zip(before, after, strict=True) if old != new} == {"a"}


@given(WEIGHTS, st.binary(max_size=40))
def test_g380_a_retry_goes_where_the_key_would_go_without_the_failed_one(weights: dict[str, int], key: bytes) -> None:
    balancer, candidates, tried = ConsistentHash(), instances(weights), list[str]()
    while (found := balancer.pick(candidates, tried, key)) is not None:
        rest = tuple(one for one in candidates if one.id not in tried)
        assert placed(rest, [key]) == [found.id]
        tried.append(found.id)
    assert sorted(tried) == sorted(weights)
