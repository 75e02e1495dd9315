"""The token bucket: a steady rate, and a store of unused requests for a burst.

The bucket holds `peak` tokens and fills by `rate` a second; each request takes one. So in any T seconds at most
peak + rate · T requests are let through, and none is refused while a whole token is there.

The state is two doubles: how many tokens were missing from the full bucket, and when. Counting what is missing, not
what is there, makes the empty state the full bucket and lets `rate` and `peak` be changed at any time.
"""

from __future__ import annotations

from struct import Struct

from proxy.limiting.encoding import State
from proxy.limiting.verdict import Verdict

_STATE = Struct("=2d")


class TokenBucket:
    """A bucket of `peak` tokens (1 or more) that gains `rate` of them (more than 0) a second."""

    __slots__ = ("lifetime", "limit", "rate")

    def __init__(self, rate: float, peak: int) -> None:
        self.rate = rate
        self.limit = peak
        self.lifetime = peak / rate

    def decide(self, state: State, now: float) -> tuple[Verdict, bytes | None]:
        """The verdict on a request at `now` seconds, and the new state; None leaves the old one.

        A `now` before the last request's is taken as that request's.
        """
        missing = 0.0
        if len(state) == _STATE.size:
            missing, since = _STATE.unpack(state)
            if now > since:
                missing = max(0.0, missing - (now - since) * self.rate)
            else:
                now = since
        if missing > self.limit - 1:
            return Verdict(False, 0, (missing - self.limit + 1) / self.rate), None
        missing += 1.0
        remaining = int(self.limit - missing)
        return Verdict(True, remaining, (missing - (self.limit - remaining - 1)) / self.rate), _STATE.pack(missing, now)
