"""The exact sliding window: the time of every request that counts.

A request at `t` counts in the windows that end in [t, t + W). The next one is admitted unless `limit` of those before
it still count: so no window of W seconds ever holds more than `limit`, and none is refused that would fit.
"""

from __future__ import annotations

from bisect import bisect_right

from proxy.limiting.encoding import State, is_buckets, log_of, pack_one
from proxy.limiting.verdict import Verdict


class SlidingLog:
    """At most `limit` requests in any `lifetime` seconds; for limits up to `EXACT_LIMIT`."""

    __slots__ = ("lifetime", "limit")

    def __init__(self, limit: int, window: float) -> None:
        self.limit = limit
        self.lifetime = window

    def decide(self, state: State, now: float) -> tuple[Verdict, bytes | None]:
        """The verdict on a request at `now` seconds, and the new state; None leaves the old one.

        A `now` before the last request's (two processes read the clock and then waited for each other) is taken as
        that request's. A state of more requests than `limit` (which was lowered) is as good as any.
        """
        converted = None
        if is_buckets(state):
            state = converted = log_of(state)
        asked = now
        times = memoryview(state).cast("d")
        held = len(times)
        if held and times[held - 1] > now:
            now = times[held - 1]
        first = bisect_right(times, now - self.lifetime)
        counted = held - first
        if counted >= self.limit:
            return Verdict(False, 0, times[held - self.limit] + self.lifetime - asked), converted
        free_in = (times[first] if counted else now) + self.lifetime - asked
        return Verdict(True, self.limit - counted - 1, free_in), b"".join((state[8 * first :], pack_one(now)))
