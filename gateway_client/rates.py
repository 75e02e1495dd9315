"""What happened between two reads of /metrics, route by route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]
Samples = Mapping[tuple[str, Labels], float]
"""By name and sorted labels."""

REQUESTS = "gateway_http_requests_total"
DURATION, OWN = "gateway_request_duration_seconds", "gateway_overhead_duration_seconds"


@dataclass(frozen=True, slots=True)
class Rate:
    """A route over a time. Milliseconds, except where the name says otherwise; None where nothing was counted."""

    route: str
    service: str
    per_second: float
    errors_per_second: float
    """Replies of 500 and above."""
    mean: float | None
    p50: float | None
    p95: float | None
    own: float | None
    """The gateway's own share of the mean."""


def samples_of(exposition: str) -> Samples:
    """The samples of a Prometheus text."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def rates(before: Samples, after: Samples, seconds: float) -> list[Rate]:
    """The busiest first. A counter below its earlier value began again: what it counts is new."""
    routes: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    buckets: dict[tuple[str, str], dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for (name, labels), value in after.items():
        said = dict(labels)
        if "route" not in said:
            continue
        earlier = before.get((name, labels), 0.0)
        added = value - earlier if value >= earlier else value
        route = said["route"], said.get("service", "")
        if name == REQUESTS:
            routes[route]["requests"] += added
            routes[route]["errors"] += added if said["status_class"] == "5xx" else 0
        elif name == f"{DURATION}_bucket":
            buckets[route][float(said["le"])] += added
        else:
            routes[route][name] += added
    found = [_rate(route, figures, buckets[route], seconds) for route, figures in routes.items()]
    return sorted(found, key=lambda rate: (-rate.per_second, rate.route))


def _rate(route: tuple[str, str], figures: Mapping[str, float], buckets: Mapping[float, float], seconds: float) -> Rate:
    count = figures.get(f"{DURATION}_count", 0)
    mean, own = (figures.get(f"{name}_sum", 0) * 1000 / count if count else None for name in (DURATION, OWN))
    return Rate(
        *route,
        figures.get("requests", 0) / seconds,
        figures.get("errors", 0) / seconds,
        mean,
        quantile(0.5, buckets),
        quantile(0.95, buckets),
        own,
    )


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """Milliseconds below which this share of the requests stayed, straight within a bucket as Prometheus reckons it.

    `buckets` count what took at most so many seconds. Beyond the last finite one its bound is the answer.
    """
    bounds = [(0.0, 0.0), *sorted(buckets.items())]
    rank = share * bounds[-1][1]
    if not rank:
        return None
    for (low, below), (high, upto) in pairwise(bounds):
        if upto >= rank:
            return 1000 * (low if high == float("inf") else low + (high - low) * (rank - below) / (upto - below))
    return None
