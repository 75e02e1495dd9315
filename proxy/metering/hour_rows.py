"""From the counters of an hour to what is kept of it: one line a route. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.metering.meter import REPLY, ROUTE, RouteFigures
from proxy.metering.series import Counters, family_and_labels

ERROR_STATUS = 500
CUT = "cut"


@dataclass(slots=True)
class HourRow:
    """What one route did. Times are sums in seconds; an error is a reply of 500 or above, or one that broke off."""

    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    upstream_requests: int = 0
    upstream_seconds: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0
    durations: tuple[int, ...] = ()


def hour_rows(counters: Counters) -> dict[tuple[str, str], HourRow]:
    """A row for each (service, route)."""
    rows: dict[tuple[str, str], HourRow] = {}
    errors: dict[tuple[str, str], int] = {}
    for name, values in counters.items():
        family, labels = family_and_labels(name)
        if family == ROUTE:
            route, service = labels
            rows[service, route] = _row(RouteFigures.of(list(values)))
        elif family == REPLY:
            route, service, _method, status, outcome = labels
            if is_error(int(status), outcome):
                errors[service, route] = errors.get((service, route), 0) + int(values[0])
    for place, count in errors.items():
        rows.setdefault(place, HourRow()).errors = count
    return rows


def is_error(status: int, outcome: str) -> bool:
    """Whether a reply counts as an error (G-261)."""
    return status >= ERROR_STATUS or outcome == CUT


def _row(figures: RouteFigures) -> HourRow:
    return HourRow(
        requests=figures.requests,
        seconds=figures.seconds,
        upstream_requests=int(sum(figures.upstream_durations)),
        upstream_seconds=figures.upstream_seconds,
        bytes_in=int(figures.bytes_in),
        bytes_out=int(figures.bytes_out),
        durations=tuple(int(count) for count in figures.durations),
    )
