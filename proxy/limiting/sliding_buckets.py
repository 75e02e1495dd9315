"""The sliding window of a large limit: how many requests there were in each small part of it.

All requests of a part count as made at its end, so they count a little too long and never too short: no window of W
seconds ever holds more than `limit`, and a refusal may last up to W / 256 longer than an exact log's (0.24 s of a
minute). The state is at most 4 KiB whatever the limit.
"""

from __future__ import annotations

from proxy.limiting.encoding import (
    BUCKETS,
    FIRST_PAIR,
    State,
    bucket_end,
    buckets_of,
    is_buckets,
    pack_one,
    pack_two,
)
from proxy.limiting.verdict import Verdict

PARTS = 256


class SlidingBuckets:
    """At most `limit` requests in any `lifetime` seconds, counted by the 256th part of it."""

    __slots__ = ("_width", "lifetime", "limit")

    def __init__(self, limit: int, window: float) -> None:
        self.limit = limit
        self.lifetime = window
        self._width = window / PARTS

    def decide(self, state: State, now: float) -> tuple[Verdict, bytes | None]:
        """The verdict on a request at `now` seconds, and the new state; None leaves the old one."""
        converted = None
        if not is_buckets(state):
            state = converted = buckets_of(state, self._width)
        values = memoryview(state).cast("d")
        end, total, first = len(values), values[1], FIRST_PAIR
        gone = now - self.lifetime
        while first < end and values[first] <= gone:
            total -= values[first + 1]
            first += 2
        if total >= self.limit:
            return Verdict(False, 0, self._until_free(values, first, total) - now), converted
        time = bucket_end(now, self._width)
        last = values[end - 2] if end > first else 0.0
        free_in = (values[first] if last else time) + self.lifetime - now
        head = BUCKETS + pack_one(total + 1)
        if last >= time:
            new = b"".join((head, state[8 * first : 8 * (end - 1)], pack_one(values[end - 1] + 1)))
        else:
            new = b"".join((head, state[8 * first :], pack_two(time, 1.0)))
        return Verdict(True, self.limit - int(total) - 1, free_in), new

    def _until_free(self, values: memoryview[float], first: int, total: float) -> float:
        """When so many have left the window that there is room again."""
        while total - values[first + 1] >= self.limit:
            total -= values[first + 1]
            first += 2
        return float(values[first]) + self.lifetime
