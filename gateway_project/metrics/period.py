"""The figures of the last hours: totals, and groups by hour or day (G-260, G-263)."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Literal

from django.utils import timezone

from gateway_project.rest import figures
from gateway_project.rest.fields import TimestampField
from proxy.metering.buckets import quantile
from proxy.metering.hour_rows import HourRow
from proxy.metering.hours import HOUR_SECONDS, hour_of
from proxy.rollup.ended_hours import Read
from proxy.rollup.report import by_hour, total

GroupBy = Literal["hour", "day"]


class Period:
    """The running hour and those before it, `hours` in all; of some services, by name, or of all traffic."""

    def __init__(self, hours: int, services: Collection[str] | None = None, read: Read = by_hour) -> None:
        """`read` finds the figures of hours."""
        last = hour_of(time.time())
        source = figures.source()
        self._by_hour = read(last - hours + 1, last, services, source.unwritten() if source else None)

    @property
    def total(self) -> HourRow:
        """All hours together."""
        return total(self._by_hour.values())

    def groups(self, by: GroupBy) -> list[dict[str, Any]]:
        """One entry an hour, or a day of the gateway's time zone; the oldest first, quiet ones too."""
        grouped: dict[datetime, list[HourRow]] = {}
        for hour, row in sorted(self._by_hour.items()):
            start = timezone.localtime(datetime.fromtimestamp(hour * HOUR_SECONDS, UTC))
            if by == "day":
                start = start.replace(hour=0, minute=0)
            grouped.setdefault(start, []).append(row)
        return [group(start, total(rows)) for start, rows in grouped.items()]


def group(start: datetime, row: HourRow) -> dict[str, Any]:
    """An entry of `content.groups`; times in milliseconds."""
    return {
        "time": TimestampField().to_representation(start),
        "requests": row.requests,
        "errors": row.errors,
        "average_ms": average_ms(row.seconds, row.requests),
        "upstream_average_ms": average_ms(row.upstream_seconds, row.upstream_requests),
        "p50_ms": _ms(quantile(0.5, row.durations)),
        "p95_ms": _ms(quantile(0.95, row.durations)),
        "p99_ms": _ms(quantile(0.99, row.durations)),
        "bytes_in": row.bytes_in,
        "bytes_out": row.bytes_out,
    }


def average_ms(seconds: float, count: int) -> float:
    """Milliseconds each, 0 where there were none."""
    return _ms(seconds / count) if count else 0.0


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
