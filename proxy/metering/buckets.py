"""The buckets of the histograms, in seconds, and what can be read out of them."""

from __future__ import annotations

from collections.abc import Sequence

DURATION_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, each included, of the whole time of a request and of the time of its instance; one bucket lies beyond.
The rollups have a column for each (proxy/models.py)."""

OWN_BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1.0)
"""The same for the gateway's own time, which is a fraction of a millisecond where nothing is wrong."""


def quantile(share: float, counts: Sequence[float], bounds: Sequence[float] = DURATION_BOUNDS) -> float:
    """The value that `share` (0 to 1) of the observations do not exceed; 0 without observations.

    Within a bucket observations are taken to lie evenly, as Prometheus' `histogram_quantile` does; beyond the last
    bound nothing is known but that bound.
    """
    rank = share * sum(counts)
    if not rank:
        return 0.0
    below, lower = 0.0, 0.0
    for bound, count in zip(bounds, counts, strict=False):
        if count and below + count >= rank:
            return lower + (bound - lower) * (rank - below) / count
        below, lower = below + count, bound
    return lower
