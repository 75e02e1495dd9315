"""A rule that remembers whether it changed something."""

from __future__ import annotations

from typing import Generic

from proxy.state.counter_store import Outcome, Rule


class Noticed(Generic[Outcome]):
    """`rule`, applied once; then `wrote` tells whether there was a new state."""

    __slots__ = ("_rule", "wrote")

    def __init__(self, rule: Rule[Outcome]) -> None:
        self._rule = rule
        self.wrote = False

    @property
    def lifetime(self) -> float:
        """The rule's."""
        return self._rule.lifetime

    def decide(self, state: bytes | memoryview, now: float) -> tuple[Outcome, bytes | None]:
        """The rule's decision."""
        outcome, new = self._rule.decide(state, now)
        self.wrote = new is not None
        return outcome, new
