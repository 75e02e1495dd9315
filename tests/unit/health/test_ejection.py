"""Ejection of instances whose requests fail, against a model that keeps plain lists (G-208, passive checks)."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proxy.health.ejection import MOST_TIMES, Report, decode_ejections, most_ejected
from services.spec import HealthSpec

IDS = ["a", "b", "c", "d", "e"]


class EjectionsOfOneService(RuleBasedStateMachine):
    """The model keeps for each instance the results since its last ejection, and the ejections themselves."""

    @initialize(size=st.integers(1, 5), limit=st.integers(1, 4), share=st.sampled_from([0, 20, 34, 50, 80, 100]))
    def begin(self, size: int, limit: int, share: int) -> None:
        self.ids = IDS[:size]
        self.policy = HealthSpec(eject_after=limit, eject_seconds=10.0, max_ejected_percent=share)
        self.entry, self.now = b"", 1000.0
        self.failures = dict.fromkeys(self.ids, 0)
        self.ejected: dict[str, list[tuple[float, float]]] = {key: [] for key in self.ids}

    def out(self) -> set[str]:
        return {key for key, periods in self.ejected.items() if periods and self.now < periods[-1][1]}

    @rule(number=st.integers(0, 4), success=st.booleans(), repeat=st.integers(1, 5))
    def report(self, number: int, success: bool, repeat: int) -> None:
        key = self.ids[number % len(self.ids)]
        for _ in range(repeat):
            rule_ = Report(key, success, self.policy, frozenset(self.ids))
            ejects, new = rule_.decide(memoryview(self.entry), self.now)
            self.entry = self.entry if new is None else new
            assert ejects is self.model_report(key, success)

    def model_report(self, key: str, success: bool) -> bool:
        if key in self.out():
            return False
        self.failures[key] = 0 if success else self.failures[key] + 1
        assert self.policy.eject_after is not None
        allowed = int(len(self.ids) * self.policy.max_ejected_percent / 100) if len(self.ids) > 1 else 0
        if success or self.failures[key] < self.policy.eject_after or len(self.out()) >= allowed:
            return False
        periods = self.ejected[key]
        in_a_row = bool(periods) and self.now - periods[-1][1] < periods[-1][1] - periods[-1][0]
        length = min(periods[-1][1] - periods[-1][0] + 10.0, MOST_TIMES * 10.0) if in_a_row else 10.0
        periods.append((self.now, self.now + length))
        self.failures[key] = 0
        return True

    @rule(gap=st.sampled_from([0.5, 9.5, 10.0, 19.0, 100.0, 300.0]))
    def time_passes(self, gap: float) -> None:
        self.now += gap

    @invariant()
    def the_entry_and_the_model_agree_on_who_is_out(self) -> None:
        held = decode_ejections(self.entry)
        assert {key for key, one in held.items() if one.is_out(self.now)} == self.out()

    @invariant()
    def no_more_are_out_than_the_share_allows(self) -> None:
        assert len(self.out()) <= len(self.ids) * self.policy.max_ejected_percent // 100
        assert len(self.ids) > 1 or not self.out()


TestEjectionsOfOneService = EjectionsOfOneService.TestCase

TWO = frozenset({"a", "b"})


def failed(entry: bytes, times: int, *, siblings: frozenset[str] = TWO, now: float = 1.0) -> bytes:
    """The entry after so many failures of `a`."""
    for _ in range(times):
        _ejects, new = Report("a", False, HealthSpec(), siblings).decide(entry, now)
        entry = entry if new is None else new
    return entry


def test_five_failures_in_a_row_eject_for_thirty_seconds() -> None:
    assert not decode_ejections(failed(b"", 4))["a"].is_out(1.0)
    standing = decode_ejections(failed(b"", 5))["a"]
    assert (standing.since, standing.until) == (1.0, 31.0)


def test_a_success_between_ends_the_run() -> None:
    entry = failed(b"", 4)
    _ejects, new = Report("a", True, HealthSpec(), TWO).decide(entry, 1.0)
    assert new is not None
    assert not decode_ejections(failed(new, 4))["a"].is_out(1.0)


def test_a_single_instance_is_never_ejected_and_its_failures_soon_write_nothing() -> None:
    entry = failed(b"", 5, siblings=frozenset({"a"}))
    assert not decode_ejections(entry)["a"].is_out(1.0)
    assert Report("a", False, HealthSpec(), frozenset({"a"})).decide(entry, 2.0) == (False, None)


@pytest.mark.parametrize(
    ("instances", "percent", "most"),
    [(1, 100, 0), (2, 50, 1), (3, 50, 1), (3, 34, 1), (3, 33, 0), (4, 50, 2), (10, 0, 0)],
)
def test_the_share_is_rounded_down(instances: int, percent: int, most: int) -> None:
    assert most_ejected(instances, HealthSpec(max_ejected_percent=percent)) == most


def test_who_left_the_service_takes_no_place_among_the_ejected() -> None:
    entry = failed(b"", 5)
    _ejects, new = Report("c", False, HealthSpec(eject_after=1), frozenset({"b", "c"})).decide(entry, 2.0)
    assert new is not None
    assert set(decode_ejections(new)) == {"c"}
    assert decode_ejections(new)["c"].is_out(2.0)
