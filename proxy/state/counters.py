"""The counters of one process of a node: the machine's, or its own while those are out of reach.

A limit then holds for each worker alone, so that a machine admits up to as many times more as it has workers; no
request fails for it. One line in the log tells of the loss, one of the return.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import lmdb

from proxy.state.counter_store import CounterStore, JointRule, Outcome, Rule
from proxy.state.own_counters import OwnCounters
from proxy.state.shared_counters import SharedCounters

RETRY_SECONDS = 10.0

logger = logging.getLogger("gateway.state")


class Counters:
    """A `CounterStore` that never fails. `open_shared` is called when it is first needed and after each loss."""

    def __init__(self, open_shared: Callable[[], CounterStore]) -> None:
        self._open_shared = open_shared
        self._shared: CounterStore | None = None
        self._own = OwnCounters()
        self._retry_at = 0.0
        self._is_lost = False

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`."""
        if now >= self._retry_at:
            try:
                if self._shared is None:
                    self._shared = self._open_shared()
                outcome = self._shared.change(key, rule, now)
            except (lmdb.Error, OSError) as problem:
                self._lose(problem, now)
            else:
                if self._is_lost:
                    self._regain()
                return outcome
        return self._own.change(key, rule, now)

    def change_all(self, keys: Sequence[bytes], rule: JointRule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change_all`."""
        if now >= self._retry_at:
            try:
                if self._shared is None:
                    self._shared = self._open_shared()
                outcome = self._shared.change_all(keys, rule, now)
            except (lmdb.Error, OSError) as problem:
                self._lose(problem, now)
            else:
                if self._is_lost:
                    self._regain()
                return outcome
        return self._own.change_all(keys, rule, now)

    def _regain(self) -> None:
        self._is_lost = False
        logger.warning("the shared counters are in use again")

    def _lose(self, problem: Exception, now: float) -> None:
        self._retry_at = now + RETRY_SECONDS
        if not self._is_lost:
            self._is_lost = True
            logger.warning("no shared counters, limits hold for each worker alone: %s", problem)
        if self._shared is not None:
            self._shared.close()
            self._shared = None

    def close(self) -> None:
        """Lets go of both."""
        if self._shared is not None:
            self._shared.close()
            self._shared = None
        self._own.close()


def counters_in(directory: str) -> CounterStore:
    """The counters shared through `directory`, opened when they are first needed; empty names the process's own."""
    return Counters(lambda: SharedCounters(Path(directory))) if directory else OwnCounters()
