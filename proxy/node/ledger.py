"""The node's counters: what the living workers count plus what the dead ones had counted, each exactly once."""

from __future__ import annotations

from proxy.metering.hours import HourBook, Hours
from proxy.metering.series import Counters, Gauges, add, family_and_labels
from proxy.metering.service_sums import ServiceSums

AGREED = frozenset(
    {"active_routes", "config_problems", "healthy_instances", "target_healthy", "target_ejected", "circuit_state"}
)
"""Families of gauges on which all workers say the same, or will in a moment: the highest counts, not the sum."""


class FiguresLedger:
    """Keeps the last report of each worker. A worker killed without warning loses what it counted since."""

    def __init__(self, now: float) -> None:
        """`now` in epoch seconds."""
        self._living: dict[str, dict[str, list[float]]] = {}
        self._gauges: dict[str, Gauges] = {}
        self._retired: dict[str, list[float]] = {}
        self._book = HourBook(now)
        self._by_service = ServiceSums()

    def report(self, worker: str, counters: Counters, now: float) -> None:
        """`counters` are cumulative since the worker's start; keys it leaves out have not changed."""
        self._book.roll(now, self.totals)
        held = self._living.setdefault(worker, {})
        for name, values in counters.items():
            self._by_service.add(name, values, held.get(name))
            held[name] = list(values)

    def report_gauges(self, worker: str, gauges: Gauges) -> None:
        """Figures of the moment, all of them."""
        self._gauges[worker] = gauges

    def retire(self, worker: str) -> None:
        """The worker has ended; its counters stay in the sum, its gauges do not."""
        add(self._retired, self._living.pop(worker, {}))
        self._gauges.pop(worker, None)

    def totals(self) -> dict[str, list[float]]:
        """The sums by key."""
        totals: dict[str, list[float]] = {}
        add(totals, self._retired)
        for counters in self._living.values():
            add(totals, counters)
        return totals

    def by_service(self) -> dict[str, list[float]]:
        """What the routes of each service did together, by key (`service_sums`); of all workers that ever were."""
        return self._by_service.counters()

    def gauges(self) -> dict[str, float]:
        """The gauges by key, of the living."""
        found: dict[str, float] = {}
        for gauges in self._gauges.values():
            for name, value in gauges.items():
                if name in found and family_and_labels(name)[0] in AGREED:
                    found[name] = max(found[name], value)
                else:
                    found[name] = found.get(name, 0) + value
        return found

    def hours_after(self, hour: int, now: float) -> Hours:
        """What was counted in the hours later than `hour`: the running one, and the one before it at most."""
        self._book.roll(now, self.totals)
        return self._book.after(hour, self.totals())
