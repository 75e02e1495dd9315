"""The share of failures within an interval, counted in tenths of it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from services.spec import BreakerSpec

PARTS = 10
"""The interval looked at is up to a tenth longer than asked for."""


class Part(NamedTuple):
    """What came in the tenth of an interval that began at `begins`."""

    begins: float
    requests: int
    failures: int


def added(parts: tuple[Part, ...], failed: bool, interval: float, now: float) -> tuple[Part, ...]:
    """`parts` with one request more, without what is older than the interval."""
    width = interval / PARTS
    kept = tuple(part for part in parts if part.begins + width > now - interval)
    if kept and now < kept[-1].begins + width:
        last = kept[-1]
        return (*kept[:-1], Part(last.begins, last.requests + 1, last.failures + failed))
    return (*kept, Part(now, 1, int(failed)))


def rate_exceeded(parts: tuple[Part, ...], policy: BreakerSpec) -> bool:
    """Whether enough requests came, and enough of them failed."""
    if policy.error_rate is None:
        return False
    requests = sum(part.requests for part in parts)
    failures = sum(part.failures for part in parts)
    return requests >= policy.min_requests and failures >= policy.error_rate * requests
