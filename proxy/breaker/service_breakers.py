"""One process's view of the breakers of one service: what the board says, decoded once a change.

While nothing fails the service is *calm*: a request costs two looks at the board's version and writes nothing. The
board is written when something failed, when a success ends a row of failures, when a probe goes out or comes back, and
with every request where an error rate is set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import ceil, inf

from proxy.breaker.circuit_breaker import CLEAN, Breaker, Phase, Ticket, refuses_until
from proxy.breaker.rules import Admit, Breakers, Settle, Settlement, board_key, decode
from proxy.state.board import Board
from services.spec import BreakerSpec, ServiceSpec


class Calm:
    """Every breaker of a service is closed and has nothing counted, as of one version of the board."""

    __slots__ = ("_board", "_seen", "breakers", "known")

    def __init__(self, breakers: ServiceBreakers, board: Board, seen: int, known: Breakers) -> None:
        self.breakers = breakers
        self.known = known
        self._board = board
        self._seen = seen

    def holds(self) -> bool:
        """Whether nothing has changed since."""
        return self._board.version() == self._seen

    def ticket(self, name: str) -> Ticket:
        """What a request that began in it has passed with."""
        breaker = self.known.get(name)
        return Ticket(0 if breaker is None else breaker.generation, 0)


class ServiceBreakers:
    """The service's own breaker, by the name `SERVICE`, and those of its instances, by their ids.

    `now` is `time.monotonic()`, the one clock of all processes of the machine.
    """

    __slots__ = (
        "_blocked",
        "_blocked_until",
        "_board",
        "_breakers",
        "_calm",
        "_counts_all",
        "_key",
        "_policy",
        "_seen",
        "successes",
    )

    def __init__(self, service: ServiceSpec, board: Board) -> None:
        self._board = board
        self._key = board_key(service.id)
        self._policy: BreakerSpec = service.breaker
        self._counts_all = service.breaker.error_rate is not None
        self._seen = -1
        self._breakers: Breakers = {}
        self._blocked: frozenset[str] = frozenset()
        self._blocked_until = -inf
        self._calm: Calm | None = None
        self.successes = 0
        """Requests that this process has seen answered well. One that fails while this has grown is a stray."""

    def calm(self) -> Calm | None:
        """What a request need not ask any further in; None when something is counted or somebody may be refused."""
        if self._board.version() != self._seen:
            self._look()
        return self._calm

    def admit(self, name: str, now: float, loan_ends: float) -> Ticket | None:
        """The ticket for one request, None when it may not pass. A probe is lost to its holder at `loan_ends`."""
        breaker = self._current().get(name, CLEAN)
        if breaker.phase is Phase.CLOSED:
            return Ticket(breaker.generation, 0)
        if refuses_until(breaker, self._policy, now) is not None:
            return None
        ticket = self._board.change(self._key, Admit(name, self._policy, loan_ends), now)
        self._look()
        return ticket

    def settle(self, settlements: Iterable[Settlement], now: float) -> None:
        """Tickets come back with what they tell."""
        breakers = self._current()
        told = [one for one in settlements if self._counts_all or _tells(breakers, one)]
        if told:
            self._board.change(self._key, Settle(told, self._policy), now)

    def avoiding(self, tried: Sequence[str], now: float) -> Collection[str]:
        """The ids of instances not to be picked: those tried, and those whose breaker lets nobody pass."""
        if not self._current():
            return tried
        blocked = self.blocked(now)
        return blocked.union(tried) if blocked else tried

    def blocked(self, now: float) -> frozenset[str]:
        """The ids of the instances whose breaker lets nobody pass now."""
        breakers = self._current()
        if now >= self._blocked_until:
            refusing = {name: refuses_until(breaker, self._policy, now) for name, breaker in breakers.items() if name}
            until = {name: time for name, time in refusing.items() if time is not None}
            self._blocked = frozenset(until)
            self._blocked_until = min(until.values(), default=inf)
        return self._blocked

    def retry_after(self, names: Iterable[str], now: float) -> int:
        """Whole seconds, at least 1, until the first of these may let somebody pass."""
        breakers = self._current()
        times = [refuses_until(breakers.get(name, CLEAN), self._policy, now) or now for name in names]
        seconds = min(times, default=now) - now
        return max(1, ceil(seconds if seconds < inf else self._policy.open_seconds))

    def _current(self) -> Breakers:
        if self._board.version() != self._seen:
            self._look()
        return self._breakers

    def _look(self) -> None:
        """Version first: a change that comes between is then seen at the next look."""
        self._seen = self._board.version()
        self._breakers = decode(self._board.read(self._key))
        self._blocked_until = -inf
        is_calm = not self._counts_all and all(_is_calm(breaker) for breaker in self._breakers.values())
        self._calm = Calm(self, self._board, self._seen, self._breakers) if is_calm else None


def _is_calm(breaker: Breaker) -> bool:
    return breaker.phase is Phase.CLOSED and not breaker.failures


def _tells(breakers: Breakers, settlement: Settlement) -> bool:
    """Whether a ticket changes anything: a success does where failures were counted, or where it was a probe."""
    if settlement.result == "failure" or settlement.ticket.probe > 0:
        return True
    breaker = breakers.get(settlement.name)
    return settlement.result == "success" and breaker is not None and bool(breaker.failures)
