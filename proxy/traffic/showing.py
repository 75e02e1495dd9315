"""A worker's side of watched traffic: shows requests for as long as it is asked to, and not a moment longer.

Being asked is a lease: whoever watches asks again every second. So nothing has to be taken back when the control
process, or the watcher, has gone without a word.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from proxy.access_log import AccessLog
from proxy.traffic.shown import Shown
from proxy.traffic.tap import Tap
from proxy.traffic.wanted import Wanted

LEASE_SECONDS = 2.5
SHOW_SECONDS = 0.2
PIECE = 100
"""Records that are handed over at once."""

Hand = Callable[[list[Shown], dict[int, int]], None]
"""Takes records, and how many each watcher was not shown."""


class Showing:
    """While nobody watches there is no tap on the access log and no task."""

    def __init__(self, log: AccessLog, hand: Hand, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._hand = hand
        self._clock = clock
        self._tap = Tap(log.line)
        self._ends = 0.0
        self._task: asyncio.Task[None] | None = None

    def watch(self, wanted: Sequence[Wanted]) -> None:
        """Shows these for `LEASE_SECONDS` from now; for none, stops."""
        self._tap.watch(wanted)
        self._ends = self._clock() + LEASE_SECONDS if wanted else 0.0
        if wanted and self._task is None:
            self._tap.take()
            self._log.watch(self._tap)
            self._task = asyncio.create_task(self._show())

    async def _show(self) -> None:
        try:
            while self._clock() < self._ends:
                await asyncio.sleep(SHOW_SECONDS)
                shown, skipped = self._tap.take()
                for start in range(0, len(shown), PIECE):
                    self._hand(shown[start : start + PIECE], {})
                if skipped:
                    self._hand([], skipped)
        finally:
            self._log.watch(None)
            self._task = None
