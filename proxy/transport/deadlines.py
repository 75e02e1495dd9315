"""Deadlines of many connections with one timer.

Setting and cancelling an event-loop timer for each request costs more than matching its route. A worker instead
keeps one set of watched connections and looks through it ten times a second, so a deadline is kept to 0.1 s.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

PERIOD_SECONDS = 0.1
NEVER = float("inf")
OVERDUE = 0.0
"""A deadline that has passed while nobody waited, to be looked at again."""
EXPIRED_A_TURN = 16
"""Of a crowd that is late together: each costs about 0.2 ms to see off, and other requests come between."""


class Expiring(Protocol):
    """Something with a deadline on the event loop's clock."""

    deadline: float

    def expire(self) -> None:
        """The deadline has passed; called once, after `deadline` was set to `NEVER`."""


class Deadlines:
    """The watched connections of one worker."""

    def __init__(self) -> None:
        self._watched: set[Expiring] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.watch = self._watched.add
        self.forget = self._watched.discard

    def start(self) -> None:
        """Begins to look; needs a running event loop."""
        self._timer = asyncio.get_running_loop().call_later(PERIOD_SECONDS, self._sweep)

    def stop(self) -> None:
        """Looks no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(PERIOD_SECONDS, self._sweep)
        now = loop.time()
        self._expire([item for item in self._watched if item.deadline <= now])

    def _expire(self, due: list[Expiring]) -> None:
        """So many a turn; by the time of the others they may be gone, or have another deadline."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for item in due[:EXPIRED_A_TURN]:
            if item.deadline <= now and item in self._watched:
                item.deadline = NEVER
                item.expire()
        if len(due) > EXPIRED_A_TURN:
            loop.call_soon(self._expire, due[EXPIRED_A_TURN:])
