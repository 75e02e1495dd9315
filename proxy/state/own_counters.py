"""Counters in the memory of one process: for a gateway of one process, and when the shared ones are out of reach."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.state.counter_store import JointRule, Outcome, Rule

MAX_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 200
"""What an entry takes besides key and state, about."""
_NONE = (0.0, b"")


class OwnCounters:
    """States in a dictionary ordered by their last change. Beyond `max_bytes` the least recent is forgotten."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._states: dict[bytes, tuple[float, bytes]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._states)

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`; two states that have expired are forgotten with each new one."""
        held = self._states.get(key)
        outcome, state = rule.decide(held[1] if held else b"", now)
        if state is not None:
            if held:
                self._forget(key)
            self._states[key] = (now + rule.lifetime, state)
            self._bytes += ENTRY_BYTES + len(key) + len(state)
            self._sweep(now)
        return outcome

    def change_all(self, keys: Sequence[bytes], rule: JointRule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change_all`."""
        outcome, states = rule.decide([self._states.get(key, _NONE)[1] for key in keys], now)
        for key, state, lifetime in zip(keys, states, rule.lifetimes, strict=True):
            if state is not None:
                if key in self._states:
                    self._forget(key)
                self._states[key] = (now + lifetime, state)
                self._bytes += ENTRY_BYTES + len(key) + len(state)
                self._sweep(now)
        return outcome

    def _sweep(self, now: float) -> None:
        for key in [key for key, _place in zip(self._states, range(2), strict=False)]:
            if self._states[key][0] <= now:
                self._forget(key)
        while self._bytes > self._max_bytes and len(self._states) > 1:
            self._forget(next(iter(self._states)))

    def _forget(self, key: bytes) -> None:
        _expires, state = self._states.pop(key)
        self._bytes -= ENTRY_BYTES + len(key) + len(state)

    def close(self) -> None:
        """Forgets all."""
        self._states.clear()
        self._bytes = 0
