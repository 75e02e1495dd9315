"""Counters and board as they are: what is asked of them is decided as ever, and nothing is kept of it.

For whoever wants to know what would be said now without taking part, such as an explanation (G-410).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from proxy.state.board import Board
from proxy.state.counter_store import CounterStore, JointRule, Outcome, Rule


class _Kept(Generic[Outcome]):
    """`rule`, whose new state is dropped."""

    __slots__ = ("_rule",)

    def __init__(self, rule: Rule[Outcome]) -> None:
        self._rule = rule

    @property
    def lifetime(self) -> float:
        """The rule's."""
        return self._rule.lifetime

    def decide(self, state: bytes | memoryview, now: float) -> tuple[Outcome, bytes | None]:
        """The rule's verdict."""
        return self._rule.decide(state, now)[0], None


class _AllKept(Generic[Outcome]):
    """A joint rule whose new states are dropped."""

    __slots__ = ("_rule",)

    def __init__(self, rule: JointRule[Outcome]) -> None:
        self._rule = rule

    @property
    def lifetimes(self) -> Sequence[float]:
        """The rule's."""
        return self._rule.lifetimes

    def decide(self, states: Sequence[bytes | memoryview], now: float) -> tuple[Outcome, Sequence[bytes | None]]:
        """The rule's verdict."""
        return self._rule.decide(states, now)[0], [None] * len(states)


class UnchangedCounters:
    """A `CounterStore` on one that belongs to somebody else."""

    def __init__(self, store: CounterStore) -> None:
        self._store = store

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`, changing nothing."""
        return self._store.change(key, _Kept(rule), now)

    def change_all(self, keys: Sequence[bytes], rule: JointRule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change_all`, changing nothing."""
        return self._store.change_all(keys, _AllKept(rule), now)

    def close(self) -> None:
        """Its owner does."""


class UnchangedBoard:
    """A `Board` on one that belongs to somebody else."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def version(self) -> int:
        """As `Board.version`."""
        return self._board.version()

    def read(self, key: bytes) -> bytes:
        """As `Board.read`."""
        return self._board.read(key)

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `StateStore.change`, changing nothing."""
        return self._board.change(key, _Kept(rule), now)

    def close(self) -> None:
        """Its owner does."""
