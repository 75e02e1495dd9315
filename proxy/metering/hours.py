"""How much of cumulative counters fell into which hour. Pure: the time and the counters are arguments.

The book keeps the hour that runs and the one before it, so whoever writes rollups may be away for a while, or be
replaced, and still finds whole hours. An hour's figures only grow until it ends: writing them twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from proxy.metering.series import Counters, difference

HOUR_SECONDS = 3600

Hours = dict[int, dict[str, list[float]]]
"""Counters by the hour they fell into, as whole hours since 1970 (UTC)."""


def hour_of(now: float) -> int:
    """The hour of a time in epoch seconds."""
    return int(now // HOUR_SECONDS)


class HourBook:
    """Cuts cumulative counters into hours. `roll` must be called before counters of a new hour are added."""

    def __init__(self, now: float) -> None:
        """Counters are taken to be nothing at `now`, in epoch seconds."""
        self._hour = hour_of(now)
        self._base: Counters = {}
        self._before: tuple[int, dict[str, list[float]]] | None = None

    def roll(self, now: float, totals: Callable[[], Counters]) -> None:
        """Ends the hour if it is over. A clock that was set back adds to the hour that had begun."""
        hour = hour_of(now)
        if hour > self._hour:
            ended = totals()
            self._before = (self._hour, difference(ended, self._base))
            self._hour, self._base = hour, ended

    def after(self, hour: int, totals: Counters) -> Hours:
        """The hours later than `hour` that are known, the running one always among them."""
        found: Hours = {}
        if self._before is not None and self._before[0] > hour:
            found[self._before[0]] = self._before[1]
        found[self._hour] = difference(totals, self._base)
        return found
