"""What was counted in a span of hours: the rows, and what has not reached them yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, Sum

from proxy.metering.hour_rows import HourRow, hour_rows
from proxy.metering.hours import HOUR_SECONDS
from proxy.models import BUCKETS, SUMS, RouteHour
from proxy.rollup.writer import Counted


def by_hour(
    first: int, last: int, services: Collection[str] | None = None, live: Counted | None = None
) -> dict[int, HourRow]:
    """The figures of each hour from `first` to `last` (whole hours since 1970), of all services or these, by name.

    `live` is what this process's own node counts just now: of its hours the node's rows are passed over.
    """
    found = {hour: HourRow(durations=(0,) * len(BUCKETS)) for hour in range(first, last + 1)}
    rows = RouteHour.objects.filter(hour__gte=_start(first), hour__lte=_start(last))
    if services is not None:
        rows = rows.filter(service__in=services)
    if live is not None:
        rows = rows.exclude(Q(source=live.run) & Q(hour__in=[_start(hour) for hour in live.hours]))
    for sums in rows.values("hour").annotate(**{name: Sum(name) for name in SUMS}).order_by("hour"):
        _add(found[int(sums["hour"].timestamp()) // HOUR_SECONDS], _row(dict(sums)))
    for hour, counters in live.hours.items() if live is not None else ():
        if hour in found:
            for (of, _route), row in hour_rows(counters).items():
                if services is None or of in services:
                    _add(found[hour], row)
    return found


def total(rows: Iterable[HourRow]) -> HourRow:
    """The sum of rows."""
    found = HourRow(durations=(0,) * len(BUCKETS))
    for row in rows:
        _add(found, row)
    return found


def _start(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR_SECONDS, UTC)


def _row(sums: dict[str, Any]) -> HourRow:
    values = {name: sums[name] for name in SUMS if name not in BUCKETS}
    return HourRow(**values, durations=tuple(sums[name] for name in BUCKETS))


def _add(to: HourRow, row: HourRow) -> None:
    for name in SUMS:
        if name not in BUCKETS:
            setattr(to, name, getattr(to, name) + getattr(row, name))
    if row.durations:
        to.durations = tuple(a + b for a, b in zip(to.durations, row.durations, strict=True))
