"""One circuit breaker, as a value and the moves it can make. Pure: no clock, no lock, no I/O.

A breaker stands between callers and something that may fail. It is in one of three phases:

    closed     everybody passes; failures are counted. Enough of them trip it.
    open       nobody passes. After `open_seconds` the next caller finds it half-open.
    half_open  `half_open_requests` callers pass, each as a *probe*. All of them successful: closed. One failed: open.

    +--------+ --trip--> +------+ --cool--> +-----------+
    | closed |           | open |           | half_open |
    +--------+ <---------+------+- relapse -+-----------+
         ^----------------- recover -------------'

By hand it can be opened from any phase (`hold`), and then stays open until it is closed by hand (`release`). `MOVES` is
the whole table; any other move raises `IllegalMove`.

Who passes takes a *ticket* and brings it back with what became of the request. Between the two, the world may have
moved on: a request that was sent before the breaker opened may time out after it has closed again, and says nothing
about now. So each move begins a new *generation*, a ticket names the one it was given in, and a ticket of an older one
changes nothing.

A probe is a loan. Its holder may die without bringing it back, so a loan ends by itself at a time named when it is
taken; and a probe that told nothing (the client left) is given back for another to try. Never more than
`half_open_requests` are out or have passed together, however many ask.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from proxy.breaker.error_rate import Part, added, rate_exceeded
from services.spec import BreakerSpec


class Phase(StrEnum):
    """What a breaker does with whoever asks."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


Event = Literal["trip", "cool", "recover", "relapse", "hold", "release"]

MOVES: dict[tuple[Phase, Event], Phase] = {
    (Phase.CLOSED, "trip"): Phase.OPEN,
    (Phase.OPEN, "cool"): Phase.HALF_OPEN,
    (Phase.HALF_OPEN, "recover"): Phase.CLOSED,
    (Phase.HALF_OPEN, "relapse"): Phase.OPEN,
    (Phase.CLOSED, "hold"): Phase.OPEN,
    (Phase.OPEN, "hold"): Phase.OPEN,
    (Phase.HALF_OPEN, "hold"): Phase.OPEN,
    (Phase.CLOSED, "release"): Phase.CLOSED,
    (Phase.OPEN, "release"): Phase.CLOSED,
    (Phase.HALF_OPEN, "release"): Phase.CLOSED,
}


class IllegalMove(Exception):
    """A move that is not in the table, or comes too early."""


class Ticket(NamedTuple):
    """The right to one request; `probe` numbers the probes of a generation from 1, 0 is none."""

    generation: int
    probe: int


Result = Literal["success", "failure", "stray", "nothing"]
"""What a ticket brings back. `stray` is a failure while others went well, which is none in a row; `nothing` when the
request told nothing of the other side."""


class Breaker(msgspec.Struct, frozen=True, array_like=True):
    """The whole state. Times are seconds of one clock that never runs backwards."""

    phase: Phase = Phase.CLOSED
    generation: int = 0
    since: float = 0.0
    """When this phase began."""
    held: bool = False
    """Opened by hand."""
    failures: tuple[float, ...] = ()
    """Closed: when each failure of the present row came, no more than are needed to trip."""
    parts: tuple[Part, ...] = ()
    """Closed: what came within the interval, kept only where an error rate is set."""
    probes: tuple[tuple[int, float], ...] = ()
    """Half-open: number and end of each loan that is out."""
    lent: int = 0
    """Half-open: probes lent so far."""
    passed: int = 0
    """Half-open: probes that were successful."""


CLEAN = Breaker()


def move(breaker: Breaker, event: Event, now: float) -> Breaker:
    """The breaker after `event`, with nothing left of what it counted. Raises `IllegalMove`."""
    phase = MOVES.get((breaker.phase, event))
    if phase is None:
        raise IllegalMove(f"{event} in phase {breaker.phase}")
    if event == "cool" and breaker.held:
        raise IllegalMove("it was opened by hand and is closed by hand")
    return Breaker(phase=phase, generation=breaker.generation + 1, since=now, held=event == "hold")


def admit(breaker: Breaker, policy: BreakerSpec, now: float, loan_ends: float) -> tuple[Ticket | None, Breaker]:
    """The ticket of one who asks, None when he may not pass; a probe's loan ends at `loan_ends`."""
    if breaker.phase is Phase.CLOSED:
        return Ticket(breaker.generation, 0), breaker
    if breaker.phase is Phase.OPEN:
        if breaker.held or now < breaker.since + policy.open_seconds:
            return None, breaker
        breaker = move(breaker, "cool", now)
    if breaker.passed >= policy.half_open_requests:  # fewer are needed now than when the last one passed
        breaker = move(breaker, "recover", now)
        return Ticket(breaker.generation, 0), breaker
    out = tuple(probe for probe in breaker.probes if probe[1] > now)
    if len(out) + breaker.passed >= policy.half_open_requests:
        return None, breaker
    number = breaker.lent + 1
    lent = msgspec.structs.replace(breaker, probes=(*out, (number, loan_ends)), lent=number)
    return Ticket(breaker.generation, number), lent


def settle(breaker: Breaker, ticket: Ticket, result: Result, policy: BreakerSpec, now: float) -> Breaker:
    """The breaker after a ticket came back; the same object when that changes nothing."""
    if ticket.generation != breaker.generation:
        return breaker
    if breaker.phase is Phase.CLOSED:
        return breaker if result == "nothing" else _counted(breaker, result, policy, now)
    out = tuple(probe for probe in breaker.probes if probe[0] != ticket.probe)
    if len(out) == len(breaker.probes):
        return breaker
    if result in ("failure", "stray"):
        return move(breaker, "relapse", now)
    passed = breaker.passed + (result == "success")
    if passed >= policy.half_open_requests:
        return move(breaker, "recover", now)
    return msgspec.structs.replace(breaker, probes=out, passed=passed)


def _counted(breaker: Breaker, result: Result, policy: BreakerSpec, now: float) -> Breaker:
    failed = result != "success"
    parts = () if policy.error_rate is None else added(breaker.parts, failed, policy.interval_seconds, now)
    if not failed:
        if not breaker.failures and parts == breaker.parts:
            return breaker
        return msgspec.structs.replace(breaker, failures=(), parts=parts)
    row = tuple(time for time in breaker.failures if time > now - policy.interval_seconds)
    if result == "failure":
        row = (*row, now)
    if len(row) >= policy.max_failures or rate_exceeded(parts, policy):
        return move(breaker, "trip", now)
    return msgspec.structs.replace(breaker, failures=row, parts=parts)


def refuses_until(breaker: Breaker, policy: BreakerSpec, now: float) -> float | None:
    """The time before which nobody can pass, as far as time alone decides; None when somebody may pass now.

    A breaker held open has no such time: infinity. A half-open one with all its probes out refuses until a loan ends.
    """
    if breaker.phase is Phase.CLOSED:
        return None
    if breaker.phase is Phase.OPEN:
        opens = float("inf") if breaker.held else breaker.since + policy.open_seconds
        return opens if now < opens else None
    out = [ends for _number, ends in breaker.probes if ends > now]
    return min(out) if out and len(out) + breaker.passed >= policy.half_open_requests else None
