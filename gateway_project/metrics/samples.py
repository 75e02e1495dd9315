"""From the counters and gauges of a node to samples by family. Pure: the time is an argument."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gateway_project.metrics import families
from gateway_project.metrics.families import Family
from gateway_project.rest.figures import Moment
from proxy.metering.hour_rows import is_error
from proxy.metering.meter import CACHE, FAILURE, INSTANCE, REPLY, ROUTE, RouteFigures
from proxy.metering.meters import NODE
from proxy.metering.series import family_and_labels

Labels = tuple[str, ...]
CONFIG_REVISION = "config_revision"


class Samples:
    """What the exposition shows, by family and labels."""

    def __init__(self, moment: Moment, now: float, version: str) -> None:
        """`now` in epoch seconds."""
        self.values: dict[Family, dict[Labels, float]] = {
            family: {} if family.labels else {(): 0.0} for family in families.FAMILIES if family.kind != "histogram"
        }
        self.histograms: dict[Family, dict[Labels, tuple[Sequence[float], float]]] = defaultdict(dict)
        """Counts by bucket, not cumulated, and the sum."""
        self._take_counters(moment)
        self._take_gauges(moment, now)
        self.values[families.BUILD][version,] = 1

    def _take_counters(self, moment: Moment) -> None:
        for name, values in moment.counters.items():
            family, labels = family_and_labels(name)
            if family == REPLY:
                self._take_reply(labels, values[0])
            elif family == ROUTE:
                self._take_route(labels, RouteFigures.of(list(values)))
            elif family == CACHE:
                self._add(families.CACHED, labels, values[0])
            elif family == INSTANCE:
                self._take_instance(labels, values)
            elif family == FAILURE:
                self._add(families.FAILURES, labels, values[0])
            elif family == NODE and labels[0] in families.NODE_COUNTERS:
                self._add(families.NODE_COUNTERS[labels[0]], (), values[0])

    def _take_reply(self, labels: Labels, count: float) -> None:
        route, service, method, status, outcome = labels
        self._add(families.REQUESTS, (), count)
        if is_error(int(status), outcome):
            self._add(families.ERRORS, (), count)
        self._add(families.HTTP_REQUESTS, (route, service, method, status, status_class(status)), count)
        self._add(families.OUTCOMES, (route, service, outcome), count)
        if outcome in families.POLICIES:
            self._add(families.DENIED, (route, service, families.POLICIES[outcome], outcome), count)

    def _take_route(self, labels: Labels, figures: RouteFigures) -> None:
        for direction, count in (("in", figures.bytes_in), ("out", figures.bytes_out)):
            self._add(families.BYTES, (*labels, direction), count)
        self._add(families.RETRIES, labels, figures.retries)
        self.histograms[families.DURATION][labels] = (figures.durations, figures.seconds)
        if any(figures.upstream_durations):
            self.histograms[families.UPSTREAM_DURATION][labels] = (figures.upstream_durations, figures.upstream_seconds)
        self.histograms[families.OVERHEAD][labels] = (figures.own_durations, figures.own_seconds)

    def _take_instance(self, labels: Labels, values: Sequence[float]) -> None:
        *answers, seconds = values
        for first_digit, count in enumerate(answers):
            if count:
                self._add(families.ANSWERS, (*labels, f"{first_digit}xx"), count)
        self._add(families.ANSWER_SECONDS, labels, seconds)

    def _take_gauges(self, moment: Moment, now: float) -> None:
        for name, value in moment.gauges.items():
            family, labels = family_and_labels(name)
            if family in families.GAUGES:
                self._add(families.GAUGES[family], labels, value)
        for worker, applied_at in self.values[families.APPLIED].items():
            self._add(families.AGE, worker, max(0.0, now - applied_at))
        self._add(families.WORKERS, (), len(self.values[families.REVISION]))

    def _add(self, family: Family, labels: Labels, value: float) -> None:
        held = self.values[family]
        held[labels] = held.get(labels, 0.0) + value


def status_class(status: str) -> str:
    """`2xx` of `204`; `0xx` for an answer that broke off before it had a status."""
    return f"{int(status) // 100}xx"


def newest_revision(gauges: Mapping[str, float]) -> int:
    """The highest revision any worker answers by; 0 without workers."""
    served = (value for name, value in gauges.items() if family_and_labels(name)[0] == CONFIG_REVISION)
    return int(max(served, default=0))
