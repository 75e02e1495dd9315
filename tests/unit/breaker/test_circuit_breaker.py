"""The circuit breaker: its table, its tickets, and that it agrees with a model over any series (G-360, R-23)."""

from __future__ import annotations

from itertools import pairwise, product
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.breaker.circuit_breaker import (
    CLEAN,
    MOVES,
    Breaker,
    Event,
    IllegalMove,
    Phase,
    Ticket,
    admit,
    move,
    refuses_until,
    settle,
)
from services.spec import BreakerSpec

POLICY = BreakerSpec(max_failures=3, interval_seconds=10.0, open_seconds=5.0, half_open_requests=2)
RATE = BreakerSpec(max_failures=1000, interval_seconds=10.0, open_seconds=5.0, error_rate=0.5, min_requests=4)


def told(breaker: Breaker, results: str, policy: BreakerSpec = POLICY, now: float = 0.0, step: float = 0.0) -> Breaker:
    """After requests one after the other: `.` a success, `x` a failure, `o` a stray, `-` a client that left."""
    for place, letter in enumerate(results):
        ticket, breaker = admit(breaker, policy, now + place * step, now + 1000.0)
        if ticket is not None:
            result = {".": "success", "x": "failure", "o": "stray", "-": "nothing"}[letter]
            breaker = settle(breaker, ticket, result, policy, now + place * step)
    return breaker


@pytest.mark.parametrize(("phase", "event"), [*product(Phase, get_args(Event))])
def test_g360_a_move_is_in_the_table_or_raises(phase: Phase, event: Event) -> None:
    breaker = Breaker(phase=phase, generation=7, failures=(1.0,), passed=1)
    if (phase, event) not in MOVES:
        with pytest.raises(IllegalMove):
            move(breaker, event, 2.0)
        return
    after = move(breaker, event, 2.0)
    assert (after.phase, after.generation, after.since) == (MOVES[phase, event], 8, 2.0)
    assert (after.failures, after.parts, after.probes, after.passed) == ((), (), (), 0)


@pytest.mark.parametrize(
    ("results", "phase"),
    [
        ("xx", "closed"),
        ("xxx", "open"),
        ("xx.xx", "closed"),
        ("xx-x", "open"),
        ("x.x.x.xxx", "open"),
        ("ooooo", "closed"),
        ("xoxox", "open"),
    ],
)
def test_g360_failures_in_a_row_open_it_and_a_success_ends_the_row(results: str, phase: str) -> None:
    assert told(CLEAN, results).phase == phase


def test_g360_failures_further_apart_than_the_interval_do_not() -> None:
    assert told(CLEAN, "x" * 50, step=5.0).phase == "closed", "two in ten seconds"
    assert told(CLEAN, "xxx", step=4.9).phase == "open"


@pytest.mark.parametrize(
    ("results", "phase"),
    [
        ("x.x", "closed"),
        ("x.x.", "closed"),
        ("x.x.x", "open"),
        ("..x..x..x", "closed"),
        ("xx..", "closed"),
        (".o.oo", "open"),
    ],
)
def test_g360_a_share_of_failures_opens_it_once_there_are_enough_requests(results: str, phase: str) -> None:
    assert told(CLEAN, results, RATE).phase == phase


def test_g360_the_share_is_that_of_the_interval_alone() -> None:
    old = told(CLEAN, "." * 30, RATE, now=0.0)
    assert told(old, "xxxxx", RATE, now=9.0).phase == "closed"
    assert told(old, "xxxx", RATE, now=11.5).phase == "open"


def test_g360_open_for_its_time_then_probes_as_many_as_allowed_then_closed() -> None:
    opened = told(CLEAN, "xxx", now=100.0)
    assert admit(opened, POLICY, 104.9, 200.0) == (None, opened)
    assert refuses_until(opened, POLICY, 104.9) == 105.0
    first, half = admit(opened, POLICY, 105.0, 200.0)
    second, half = admit(half, POLICY, 105.0, 200.0)
    assert half.phase is Phase.HALF_OPEN
    assert admit(half, POLICY, 105.0, 200.0)[0] is None
    one = settle(half, first, "success", POLICY, 106.0)
    assert admit(one, POLICY, 106.0, 200.0)[0] is None, "one has passed and one is out: that makes two"
    assert settle(one, second, "success", POLICY, 107.0).phase is Phase.CLOSED
    again = settle(one, second, "failure", POLICY, 107.0)
    assert (again.phase, refuses_until(again, POLICY, 108.0)) == (Phase.OPEN, 112.0)


def test_g360_a_probe_that_tells_nothing_or_is_never_brought_back_is_lent_again() -> None:
    opened = told(CLEAN, "xxx")
    left, half = admit(opened, POLICY, 5.0, 30.0)
    lost, half = admit(half, POLICY, 5.0, 8.0)
    half = settle(half, left, "nothing", POLICY, 6.0)
    third, half = admit(half, POLICY, 6.0, 30.0)
    assert third is not None
    assert admit(half, POLICY, 7.9, 30.0)[0] is None
    assert refuses_until(half, POLICY, 7.9) == 8.0
    fourth, half = admit(half, POLICY, 8.0, 30.0)
    assert len({left.probe, lost.probe, third.probe, fourth.probe}) == 4
    assert settle(half, lost, "failure", POLICY, 9.0) is half, "its loan had ended"


def test_g360_what_an_older_generation_tells_is_ignored() -> None:
    slow, breaker = admit(CLEAN, POLICY, 0.0, 100.0)
    breaker = told(told(CLEAN, "xxx"), "..", now=6.0)
    assert breaker.phase is Phase.CLOSED
    for result in ("success", "failure", "nothing"):
        assert settle(breaker, slow, result, POLICY, 7.0) is breaker


def test_g360_opened_by_hand_it_stays_open_until_closed_by_hand() -> None:
    held = move(CLEAN, "hold", 0.0)
    assert admit(held, POLICY, 1e9, 2e9) == (None, held)
    assert refuses_until(held, POLICY, 1e9) == float("inf")
    with pytest.raises(IllegalMove):
        move(held, "cool", 1e9)
    assert told(move(held, "release", 2.0), "xx", now=2.0).phase is Phase.CLOSED


def test_g360_fewer_probes_needed_than_have_passed_closes_it() -> None:
    half = told(told(CLEAN, "xxx"), ".", now=5.0)
    ticket, closed = admit(half, BreakerSpec(half_open_requests=1), 6.0, 9.0)
    assert (closed.phase, ticket.generation) == (Phase.CLOSED, closed.generation)


class Model:
    """Keeps a plain history of the present phase and counts it anew at each question; runs beside the real one."""

    def __init__(self, policy: BreakerSpec) -> None:
        self.policy = policy
        self.breaker = CLEAN
        self.now = 0.0
        self.tickets: list[tuple[Ticket, int]] = []
        """Every ticket ever given, with the era it was given in."""
        self.era = -1
        self.turn("closed")

    def turn(self, phase: str, *, held: bool = False) -> None:
        self.phase, self.began, self.era, self.held = phase, self.now, self.era + 1, held
        self.history: list[tuple[float, str]] = []
        self.loans: dict[int, float] = {}
        """Ends of the probes of this phase that are out, by their place in `tickets`."""

    def time_passes(self, choice: int) -> None:
        self.now += (0.0, 0.1, 1.0, 2.5, 5.0, 11.0)[choice % 6]

    def somebody_asks(self, choice: int) -> None:
        loan_ends = self.now + (0.5, 3.0, 60.0)[choice % 3]
        ticket, self.breaker = admit(self.breaker, self.policy, self.now, loan_ends)
        if self.phase == "open" and not self.held and self.now >= self.began + self.policy.open_seconds:
            self.turn("half_open")
        passes = self.phase == "closed"
        if self.phase == "half_open":
            self.loans = {place: ends for place, ends in self.loans.items() if ends > self.now}
            passes = len(self.loans) + len(self.history) < self.policy.half_open_requests
        assert (ticket is not None) == passes
        if ticket is not None:
            if self.phase == "half_open":
                self.loans[len(self.tickets)] = loan_ends
            self.tickets.append((ticket, self.era))

    def a_ticket_comes_back(self, choice: int) -> None:
        if not self.tickets:
            return
        place = len(self.tickets) - 1 - choice % min(len(self.tickets), 8)
        result = ("success", "failure", "failure", "nothing", "stray")[choice // 8 % 5]
        ticket, era = self.tickets[place]
        self.breaker = settle(self.breaker, ticket, result, self.policy, self.now)
        if era == self.era and self.phase == "closed":
            self.history.append((self.now, result))
            if result == "failure" and self.trips():
                self.turn("open")
        elif era == self.era and place in self.loans:
            del self.loans[place]
            if result in ("failure", "stray"):
                self.turn("open")
            elif result == "success":
                self.history.append((self.now, result))
                if len(self.history) == self.policy.half_open_requests:
                    self.turn("closed")

    def trips(self) -> bool:
        results = [result for _time, result in self.history]
        begins = len(results) - results[::-1].index("success") if "success" in results else 0
        times = [time for time, result in self.history[begins:] if result == "failure"]
        recent = [time for time in times if time > self.now - self.policy.interval_seconds]
        return len(recent) >= self.policy.max_failures

    def by_hand(self, choice: int) -> None:
        if choice % 8 > 1:
            return
        self.breaker = move(self.breaker, "hold" if choice % 8 else "release", self.now)
        self.turn("open" if choice % 8 else "closed", held=choice % 8 == 1)

    def check(self) -> None:
        assert (self.breaker.phase, self.breaker.generation, self.breaker.held) == (self.phase, self.era, self.held)
        assert len(self.breaker.probes) + self.breaker.passed <= self.policy.half_open_requests


EVENTS = (
    Model.time_passes,
    Model.somebody_asks,
    Model.somebody_asks,
    Model.a_ticket_comes_back,
    Model.a_ticket_comes_back,
    Model.by_hand,
)
QUICK = BreakerSpec(max_failures=1, interval_seconds=2.0, open_seconds=1.0, half_open_requests=6)


@pytest.mark.parametrize("policy", [POLICY, QUICK], ids=["three failures", "one failure, six probes"])
@settings(max_examples=1000, deadline=None)
@given(series=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 255)), min_size=10, max_size=80))
def test_r23_a_thousand_series_of_events_agree_with_the_model(policy: BreakerSpec, series) -> None:
    model = Model(policy)
    for event, choice in series:
        event(model, choice)
        model.check()


def test_r23_every_move_begins_a_new_generation() -> None:
    states, breaker = [CLEAN], CLEAN
    for now, results in enumerate(["xxx", "x", "xxx", "..", "xxx"]):
        breaker = told(breaker, results, now=now * 6.0)
        states.append(breaker)
    assert all(one.generation < other.generation for one, other in pairwise(states) if one.phase != other.phase)
