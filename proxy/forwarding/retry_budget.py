"""How many of a service's requests one worker may send again, so that a service in trouble is not asked more (G-404).

Requests and retries are counted by windows of five seconds. A retry is allowed while those of this window and the last
stay within a share of the requests of the same time; a few are always allowed, or a quiet service could never retry.
"""

from __future__ import annotations

WINDOW_SECONDS = 5.0


class RetryBudget:
    """One service, one worker. `now` never runs backwards by more than a request takes."""

    __slots__ = ("_before", "_ends", "_requests", "_retries", "floor", "share")

    def __init__(self, share: float = 0.2, floor: int = 30) -> None:
        """`share` of the requests, 0 to 1, but never fewer than `floor` in two windows."""
        self.share = share
        self.floor = floor
        self._requests = 0
        self._retries = 0
        self._before = (0, 0)
        """Requests and retries of the last window."""
        self._ends = 0.0

    def count(self, now: float) -> None:
        """A request has come in."""
        if now >= self._ends:
            self._turn(now)
        self._requests += 1

    def spend(self, now: float) -> bool:
        """Whether one more retry may be made; it counts if so."""
        if now >= self._ends:
            self._turn(now)
        requests, retries = self._before
        if retries + self._retries >= max(self.floor, self.share * (requests + self._requests)):
            return False
        self._retries += 1
        return True

    def _turn(self, now: float) -> None:
        is_next = now < self._ends + WINDOW_SECONDS
        self._before = (self._requests, self._retries) if is_next else (0, 0)
        self._requests = self._retries = 0
        self._ends = now + WINDOW_SECONDS
