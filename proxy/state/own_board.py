"""A board in the memory of one process."""

from __future__ import annotations

from proxy.state.counter_store import Outcome, Rule
from proxy.state.noticed import Noticed
from proxy.state.own_counters import OwnCounters


class OwnBoard(OwnCounters):
    """`OwnCounters` that can be read and says when something has changed."""

    def __init__(self) -> None:
        super().__init__()
        self._version = 0

    def version(self) -> int:
        """As `Board.version`."""
        return self._version

    def read(self, key: bytes) -> bytes:
        """As `Board.read`."""
        held = self._states.get(key)
        return held[1] if held else b""

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`."""
        noticed = Noticed(rule)
        outcome = super().change(key, noticed, now)
        self._version += noticed.wrote
        return outcome
