"""What the control process knows of circuit breakers: the entries of the machine's board, and the workers' figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import ceil

from proxy.breaker.circuit_breaker import Breaker, Phase, refuses_until
from proxy.breaker.rules import ByHand, board_key, decode
from proxy.metering.series import Gauges, family_and_labels
from proxy.state.board import Board
from services.circuits import Action, Circuit
from services.compile import breaker_spec
from services.models import Service
from services.spec import BreakerSpec

Call = Callable[[], object]


class ServiceCircuits:
    """The source of `services.circuits`."""

    def __init__(self, board: Board, gauges: Callable[[], Gauges], in_turn: Callable[[Call], object]) -> None:
        """`in_turn` runs a change of the board where others change it, for a board that one thread alone may change."""
        self._board = board
        self._gauges = gauges
        self._in_turn = in_turn

    def circuits(self, service: Service) -> Mapping[str, Circuit]:
        """As the workers see them now."""
        policy, now = breaker_spec(service), time.monotonic()
        entry = self._board.read(board_key(str(service.pk)))
        return {name: circuit(breaker, policy, now) for name, breaker in decode(entry).items()}

    def running(self, service: Service) -> Mapping[str, int]:
        """What the workers say they have in use."""
        found = {}
        for name, value in self._gauges().items():
            family, labels = family_and_labels(name)
            if family == "upstream_connections" and labels[0] == service.name and labels[2] == "in_use":
                found[labels[1]] = int(value)
        return found

    def change(self, service: Service, name: str, action: Action) -> None:
        """Every worker obeys with its next request."""
        key, rule = board_key(str(service.pk)), ByHand(name, action)
        self._in_turn(lambda: self._board.change(key, rule, time.monotonic()))


def circuit(breaker: Breaker, policy: BreakerSpec, now: float) -> Circuit:
    """As it is shown."""
    wait = None
    if breaker.phase is not Phase.CLOSED and not breaker.held:
        wait = max(0, ceil((refuses_until(breaker, policy, now) or now) - now))
    since = datetime.fromtimestamp(time.time() - (now - breaker.since), UTC) if breaker.generation else None
    return Circuit(str(breaker.phase), breaker.held, since, wait)
