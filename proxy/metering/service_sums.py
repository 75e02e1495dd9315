"""What the routes of each service did together, brought up to date as counters change. Pure.

Whoever watches a plot asks every second; so few numbers that it does not matter how many routes there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway_project.rest.codes import Code
from proxy.metering.buckets import DURATION_BOUNDS
from proxy.metering.hour_rows import is_error
from proxy.metering.meter import CACHE, DURATIONS_AT, REPLY, ROUTE
from proxy.metering.series import Counters, family_and_labels, key

SERVICE = "service"
"""Family of the keys of `counters`; the label is the service, empty for what reached no route."""
FIELDS = ("errors", "limited", "cache_asked", "cache_hits")
"""The first values of a key; the counts of the histogram of durations follow."""
LIMITED = frozenset({Code.TOO_MANY_REQUESTS, Code.LIMITS_UNAVAILABLE})
"""Outcomes of requests that a rate limit refused."""
SERVED = frozenset({"hit", "stale", "revalidated"})
"""Words of `X-Cache` for answers whose body came from the cache."""

_ERRORS, _LIMITED, _ASKED, _HITS = range(len(FIELDS))
_NOTHING = [0.0] * (len(DURATION_BOUNDS) + 1)


class ServiceSums:
    """Cumulative sums by service. Requests are the sum of the histogram."""

    def __init__(self, counters: Counters | None = None) -> None:
        """With these counters, or none."""
        self._sums: dict[str, list[float]] = {}
        for name, values in (counters or {}).items():
            self.add(name, values, None)

    def add(self, name: str, values: Sequence[float], before: Sequence[float] | None) -> None:
        """A key of a route has come to these values from those `before`; other families are passed over."""
        family, labels = family_and_labels(name)
        if family == ROUTE:
            self._add_durations(labels[1], values, before)
        elif family == REPLY:
            self._add_reply(labels, values[0] - (before[0] if before else 0.0))
        elif family == CACHE:
            sums, count = self._of(labels[1]), values[0] - (before[0] if before else 0.0)
            sums[_ASKED] += count
            if labels[2] in SERVED:
                sums[_HITS] += count

    def counters(self) -> dict[str, list[float]]:
        """All sums by key."""
        return {key(SERVICE, service): list(sums) for service, sums in self._sums.items()}

    def _add_durations(self, service: str, values: Sequence[float], before: Sequence[float] | None) -> None:
        sums, counts = self._of(service), values[DURATIONS_AT]
        known = before[DURATIONS_AT] if before else _NOTHING
        if counts != known:
            added = zip(sums[len(FIELDS) :], counts, known, strict=True)
            sums[len(FIELDS) :] = [held + count - had for held, count, had in added]

    def _add_reply(self, labels: tuple[str, ...], count: float) -> None:
        _route, service, _method, status, outcome = labels
        sums = self._of(service)
        if is_error(int(status), outcome):
            sums[_ERRORS] += count
        if outcome in LIMITED:
            sums[_LIMITED] += count

    def _of(self, service: str) -> list[float]:
        return self._sums.setdefault(service, [0.0] * len(FIELDS) + _NOTHING)
