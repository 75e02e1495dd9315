"""The two encoded states of a sliding window, and the way from one to the other when a limit is changed.

Both are native doubles: they never leave the machine. A *log* is the times of the requests admitted, oldest first. A
*bucket list* is -1, the sum of the counts, then pairs of a time and a count. Times are seconds of a clock that never
runs backwards and is never negative, so the first double tells them apart.
"""

from __future__ import annotations

from itertools import chain, repeat
from math import ceil
from struct import Struct

State = bytes | memoryview

EXACT_LIMIT = 4096
"""Up to this limit a window is exact: a log of 8 bytes a request, at most 32 KiB."""

pack_one = Struct("=d").pack
pack_two = Struct("=2d").pack
BUCKETS = pack_one(-1.0)
"""How a bucket list begins."""
FIRST_PAIR = 2
"""Place of the first time in a bucket list."""


def is_buckets(state: State) -> bool:
    """Whether a state is a bucket list; the empty state is a log."""
    return state[:8] == BUCKETS


def bucket_end(now: float, width: float) -> float:
    """The end of the bucket `now` lies in, never before `now`."""
    return max(ceil(now / width) * width, now)


def log_of(state: State) -> bytes:
    """A bucket list as a log of its newest requests, each at the end of its bucket."""
    values = memoryview(state).cast("d").tolist()
    newest: list[float] = []
    for place in range(len(values) - 2, 0, -2):
        newest.extend(repeat(values[place], min(int(values[place + 1]), EXACT_LIMIT - len(newest))))
    return b"".join(map(pack_one, reversed(newest)))


def buckets_of(state: State, width: float) -> bytes:
    """A log as a bucket list with buckets of `width` seconds."""
    counts: dict[float, int] = {}
    times = memoryview(state).cast("d")
    for time in times:
        end = bucket_end(time, width)
        counts[end] = counts.get(end, 0) + 1
    return b"".join(map(pack_one, chain((-1.0, float(len(times))), chain.from_iterable(counts.items()))))
