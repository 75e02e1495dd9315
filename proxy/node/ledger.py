"""The node's counters: what the living workers count plus what the dead ones had counted."""

from __future__ import annotations

from collections.abc import Mapping

GAUGES = frozenset({"in_flight", "connections"})
"""Figures of the moment: a dead worker's do not count any more."""


class FiguresLedger:
    """Keeps the last report of each worker. A worker killed without warning loses what it counted since (≤ 1 s)."""

    def __init__(self) -> None:
        self._living: dict[str, Mapping[str, float]] = {}
        self._retired: dict[str, float] = {}

    def report(self, worker: str, values: Mapping[str, float]) -> None:
        """`values` are cumulative since the worker's start and replace its last report."""
        self._living[worker] = values

    def retire(self, worker: str) -> None:
        """The worker has ended; its counters stay in the sum."""
        for key, value in self._living.pop(worker, {}).items():
            if key not in GAUGES:
                self._retired[key] = self._retired.get(key, 0) + value

    def totals(self) -> dict[str, float]:
        """The sum by key."""
        totals = dict(self._retired)
        for values in self._living.values():
            for key, value in values.items():
                totals[key] = totals.get(key, 0) + value
        return totals
