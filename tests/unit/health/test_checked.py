"""The state machine of active checks against a model that remembers every result (G-208)."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proxy.health.checked import LIFETIME_SECONDS, CheckResult, Health
from services.spec import HealthSpec

TWO_AND_THREE = HealthSpec(healthy_after=2, unhealthy_after=3)


class ChecksOfOneInstance(RuleBasedStateMachine):
    """The model: the state flips when the last n results all contradict it, n by the direction."""

    @initialize(up=st.integers(1, 5), down=st.integers(1, 5))
    def begin(self, up: int, down: int) -> None:
        self.policy = HealthSpec(healthy_after=up, unhealthy_after=down)
        self.entry, self.now = b"", 1000.0
        self.results: list[bool] = []
        self.healthy, self.since = True, 0.0

    @rule(success=st.booleans(), gap=st.sampled_from([0.1, 5.0, 300.0, LIFETIME_SECONDS]))
    def check(self, success: bool, gap: float) -> None:
        self.now += gap
        (before, after), written = CheckResult(success, self.policy).decide(memoryview(self.entry), self.now)
        assert before == Health.decode(self.entry)
        self.results.append(success)
        needed = self.policy.unhealthy_after if self.healthy else self.policy.healthy_after
        if self.results[-needed:] == [not self.healthy] * needed:
            self.healthy, self.since, self.results = not self.healthy, self.now, []
        assert after.is_healthy is self.healthy
        assert after.since == self.since
        if written is None:
            assert after.run == before.run == 0
        else:
            self.entry = written

    @invariant()
    def the_entry_says_what_the_model_knows(self) -> None:
        health = Health.decode(self.entry)
        assert (health.is_healthy, health.since) == (self.healthy, self.since)


TestChecksOfOneInstance = ChecksOfOneInstance.TestCase


def after(entry: bytes, results: str, now: float = 1.0) -> bytes:
    """The entry after results, `+` and `-`, a second apart."""
    for number, result in enumerate(results):
        _outcome, new = CheckResult(result == "+", TWO_AND_THREE).decide(entry, now + number)
        entry = entry if new is None else new
    return entry


@pytest.mark.parametrize(
    ("results", "healthy"),
    [("", True), ("--", True), ("---", False), ("--+--", True), ("---+", False), ("---++", True), ("---+-+", False)],
)
def test_g208_two_successes_and_three_failures_flip(results: str, healthy: bool) -> None:
    assert Health.decode(after(b"", results)).is_healthy is healthy


@pytest.mark.parametrize("settled", ["+", "---"])
def test_g208_a_result_that_changes_nothing_writes_nothing(settled: str) -> None:
    entry = after(b"", settled)
    assert CheckResult(settled == "+", TWO_AND_THREE).decide(entry, 5.0)[1] is None


def test_g208_an_unhealthy_state_is_written_anew_before_it_could_be_forgotten() -> None:
    entry = after(b"", "---")
    late = 3.0 + LIFETIME_SECONDS / 2
    _outcome, renewed = CheckResult(False, TWO_AND_THREE).decide(entry, late)
    assert renewed is not None
    assert Health.decode(renewed).since == Health.decode(entry).since == 3.0
