"""The sliding window of a limit: exact where that is cheap, by small parts above."""

from __future__ import annotations

from proxy.limiting.encoding import EXACT_LIMIT
from proxy.limiting.sliding_buckets import SlidingBuckets
from proxy.limiting.sliding_log import SlidingLog

SlidingWindow = SlidingLog | SlidingBuckets


def sliding_window(limit: int, window: float) -> SlidingWindow:
    """At most `limit` requests, 1 or more, in any `window` seconds.

    Both kinds read each other's states, so a limit can be changed without forgetting who came before.
    """
    return SlidingLog(limit, window) if limit <= EXACT_LIMIT else SlidingBuckets(limit, window)
