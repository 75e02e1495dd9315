"""Which instances may be asked: status, checks, leases, ejection, tiers and slow start together, over a real board."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.balancing.weighted import SmoothWeighted
from proxy.health.arrivals import Arrivals
from proxy.health.availability import Availability
from proxy.health.checked import CheckResult, health_key
from proxy.health.ejection import DOUBT_SECONDS
from proxy.health.lease import LeaseFound, lease_key
from proxy.health.slow_start import STEPS
from proxy.state.own_board import OwnBoard
from services.spec import HealthSpec, InstanceSpec, ServiceSpec


def instance(key: str, **values: object) -> InstanceSpec:
    plain = InstanceSpec(id=key, instance_id=key, scheme="http", host="127.0.0.1", port=1, health_check_path="/h")
    return replace(plain, **values)  # type: ignore[arg-type]


class World:
    """A service, its board and a clock."""

    def __init__(self, *instances: InstanceSpec, arrived: dict[str, float] | None = None, **service: object) -> None:
        self.now = 1000.0
        self.board = OwnBoard()
        self.spec = ServiceSpec(id="s", name="s", instances=instances, **service)  # type: ignore[arg-type]
        self.seen = Availability(self.spec, self.board, arrived, lambda: self.now)

    def ids(self) -> list[str]:
        return [one.id for one in self.seen.candidates()]

    def weights(self) -> dict[str, int]:
        return {one.id: one.weight for one in self.seen.candidates()}

    def checked(self, key: str, *, success: bool, times: int = 3) -> None:
        for _ in range(times):
            self.board.change(health_key(key), CheckResult(success, HealthSpec()), self.now)

    def lease(self, key: str, *, lapsed: bool) -> None:
        self.board.change(lease_key(key), LeaseFound(lapsed), self.now)

    def fail(self, key: str, times: int = 5) -> None:
        for _ in range(times):
            self.seen.report(key, success=False)


def test_the_same_object_comes_back_while_nothing_has_changed() -> None:
    world = World(instance("a"), instance("b"))
    first = world.seen.candidates()
    world.board.change(b"b\0something else", LeaseFound(True), world.now)
    assert world.seen.candidates() is first
    world.checked("a", success=False)
    world.checked("a", success=True)
    assert world.seen.candidates() is first


@pytest.mark.parametrize("status", ["draining", "unhealthy"])
def test_g208_no_check_brings_in_what_was_taken_out_by_hand(status: str) -> None:
    world = World(instance("a", status=status), instance("b"))
    world.checked("a", success=True)
    assert world.ids() == ["b"]


def test_g208_failed_checks_take_an_instance_out_and_successes_bring_it_back() -> None:
    world = World(instance("a"), instance("b"))
    world.checked("a", success=False)
    assert world.ids() == ["b"]
    world.checked("a", success=True, times=2)
    assert world.ids() == ["a", "b"]


def test_g208_an_instance_that_is_not_checked_any_more_counts_as_healthy() -> None:
    world = World(instance("a", health_check_path=""))
    world.checked("a", success=False)
    assert world.ids() == ["a"]


def test_g209_a_lapsed_lease_takes_an_instance_out_and_a_heartbeat_brings_it_back() -> None:
    world = World(instance("a", lease_seconds=5), instance("b"))
    world.lease("a", lapsed=True)
    assert world.ids() == ["b"]
    world.lease("a", lapsed=False)
    assert world.ids() == ["a", "b"]


def test_g209_without_a_lease_none_can_lapse() -> None:
    world = World(instance("a"))
    world.lease("a", lapsed=True)
    assert world.ids() == ["a"]


def test_an_ejected_instance_is_back_when_its_time_is_over_without_any_news() -> None:
    world = World(instance("a"), instance("b"))
    world.fail("a")
    assert world.ids() == ["b"]
    world.now += 29.9
    assert world.ids() == ["b"]
    world.now += 0.1
    assert world.ids() == ["a", "b"]


def test_a_success_ends_a_run_that_another_worker_began() -> None:
    world = World(instance("a"), instance("b"))
    other = Availability(world.spec, world.board, None, lambda: world.now)
    world.fail("a", 4)
    other.candidates()
    other.report("a", success=True)
    world.fail("a", 4)
    assert world.ids() == ["a", "b"]
    world.fail("a", 1)
    assert other.candidates() == world.seen.candidates() == (instance("b"),)


def test_a_success_that_is_no_news_leaves_the_board_alone() -> None:
    world = World(instance("a"), instance("b"))
    world.seen.candidates()
    world.seen.report("a", success=True)
    assert world.board.version() == 0


def test_r06_one_failure_casts_doubt_until_a_success_or_for_ten_seconds() -> None:
    world = World(instance("a"), instance("b"))
    for ends in (
        lambda: world.seen.report("a", success=True),
        lambda: setattr(world, "now", world.now + DOUBT_SECONDS),
    ):
        world.fail("a", 1)
        assert (world.ids(), world.seen.doubted()) == (["a", "b"], {"a"})
        ends()
        assert (world.ids(), world.seen.doubted()) == (["a", "b"], set())


def test_r06_who_is_back_from_an_ejection_is_in_doubt() -> None:
    world = World(instance("a"), instance("b"))
    world.fail("a")
    world.now += HealthSpec().eject_seconds
    assert (world.ids(), world.seen.doubted()) == (["a", "b"], {"a"})
    world.seen.report("a", success=True)
    assert (world.ids(), world.seen.doubted()) == (["a", "b"], set())


def test_r06_what_may_have_been_the_connections_fault_ejects_nobody() -> None:
    world = World(instance("a"), instance("b"))
    for _ in range(20):
        world.seen.report("a", success=False, is_certain=False)
    assert (world.ids(), world.seen.doubted()) == (["a", "b"], {"a"})


def test_ejection_can_be_switched_off() -> None:
    world = World(instance("a"), instance("b"), health=HealthSpec(eject_after=None))
    world.fail("a", 100)
    assert world.ids() == ["a", "b"]


def test_who_is_suspected_only_is_better_than_nobody() -> None:
    world = World(instance("a"), instance("b"), health=HealthSpec(max_ejected_percent=100))
    world.fail("a")
    world.fail("b")
    assert world.ids() == ["a", "b"]
    world.checked("b", success=False)
    assert world.ids() == ["a"]


def test_only_the_lowest_tier_that_has_a_usable_instance_is_asked() -> None:
    world = World(instance("a"), instance("b"), instance("c", priority=1), instance("d", priority=7))
    assert world.ids() == ["a", "b"]
    world.checked("a", success=False)
    assert world.ids() == ["b"]
    world.checked("b", success=False)
    assert world.ids() == ["c"]
    world.lease("c", lapsed=True)
    world.checked("c", success=False)
    assert world.ids() == ["d"]
    world.checked("a", success=True)
    assert world.ids() == ["a"]


def test_the_ejection_of_a_whole_tier_brings_in_the_next() -> None:
    world = World(instance("a"), instance("b", priority=1))
    world.fail("a")
    assert world.ids() == ["b"]


def test_slow_start_grows_the_share_of_one_that_is_back_in_twenty_steps() -> None:
    world = World(instance("a", weight=1), instance("b", weight=1), slow_start_seconds=20.0)
    world.checked("a", success=False)
    assert world.weights() == {"b": 1}
    world.checked("a", success=True)
    shares = []
    for _ in range(STEPS):
        weights = world.weights()
        shares.append(weights["a"] / weights["b"])
        world.now += 1.0
    assert shares == pytest.approx([step / STEPS for step in range(1, STEPS + 1)])
    assert world.weights() == {"a": 1, "b": 1}


def test_slow_start_counts_from_the_end_of_an_ejection_and_from_a_heartbeat() -> None:
    world = World(instance("a", lease_seconds=5), instance("b"), slow_start_seconds=10.0)
    world.fail("a")
    world.now += 35.0
    assert world.weights() == {"a": 100 * 11, "b": 100 * STEPS}
    world.lease("a", lapsed=True)
    world.lease("a", lapsed=False)
    assert world.weights() == {"a": 100, "b": 100 * STEPS}
    world.now += 10.0
    assert world.seen.candidates() == world.spec.instances


def test_slow_start_of_an_instance_that_joins_or_is_put_back_by_hand_but_not_of_the_first_ones() -> None:
    arrivals = Arrivals()
    first = ServiceSpec(id="s", name="s", instances=(instance("a"), instance("b", status="draining")))
    assert arrivals.note(first, 1.0) == {"a": 0.0}
    second = replace(first, instances=(instance("a"), instance("b"), instance("c")))
    assert arrivals.note(second, 2.0) == {"a": 0.0, "b": 2.0, "c": 2.0}
    assert arrivals.note(second, 3.0) == {"a": 0.0, "b": 2.0, "c": 2.0}
    arrivals.keep([])
    assert arrivals.note(second, 4.0) == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_g380_weighted_shares_are_exact_before_and_after_a_slow_start() -> None:
    world = World(*(instance(key, weight=weight) for key, weight in (("a", 100), ("b", 200), ("c", 300))),
                  slow_start_seconds=10.0)  # fmt: skip
    balancer = SmoothWeighted()

    def picks() -> dict[str, int]:
        counts = dict.fromkeys("abc", 0)
        for _ in range(600):
            picked = balancer.pick(world.seen.candidates(), ())
            assert picked is not None
            counts[picked.id] += 1
        return counts

    assert picks() == {"a": 100, "b": 200, "c": 300}
    world.checked("c", success=False)
    assert picks() == {"a": 200, "b": 400, "c": 0}
    world.checked("c", success=True)
    world.now += 5.0
    ramping = picks()
    assert ramping["c"] == pytest.approx(600 * 300 * 11 / (300 * 11 + 300 * STEPS), abs=2)
    world.now += 5.0
    picks()
    assert picks() == {"a": 100, "b": 200, "c": 300}
