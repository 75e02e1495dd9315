"""Who watches the traffic, and what each is told: the control plane's side, which the REST API and the console share.

Every list is bounded: how many watch, how much waits for one who reads slowly. What does not fit is counted and told.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec

from proxy.traffic.shown import Shown
from proxy.traffic.wanted import Wanted, may_see

RENEW_SECONDS = 1.0
MOST_WAITING = 1000
"""Records that wait for one watcher; the oldest give way."""
FORGOTTEN_SECONDS = 30.0
"""One who has taken nothing for so long has gone, or does not read."""
MOST_NAMES_BYTES = 24_000
"""Names of services that a worker is told for one watcher; beyond it the worker shows all, and the feed chooses.

As many watchers as a setting may allow, each with the longest filters, are told of in one message.
"""


class TooManyWatchersError(Exception):
    """As many watch as may."""


class Watcher:
    """One who watches. Belongs to the event loop's thread, but for `taken`."""

    def __init__(self, wanted: Wanted, now: float) -> None:
        self.wanted = wanted
        self.has_ended = False
        """Nothing more will come: the node is stopping, or he was let go."""
        self.seen_at = now
        self._waiting: deque[bytes] = deque()
        self._skipped = 0
        self._news = asyncio.Event()

    def narrow(self, services: frozenset[str] | None) -> None:
        """Which services he may see from now on; what waits of others is thrown away with the rest."""
        if services != self.wanted.services:
            self._waiting.clear()
            self.wanted = msgspec.structs.replace(self.wanted, services=services)

    def tell(self, record: bytes) -> None:
        """A request he wants to see."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._skipped += 1
        self._waiting.append(record)
        self._news.set()

    def skip(self, count: int) -> None:
        """So many were left out on the way."""
        self._skipped += count
        self._news.set()

    def end(self) -> None:
        """Nothing more will come."""
        self.has_ended = True
        self._news.set()

    def taken(self) -> list[bytes]:
        """The records that wait, as JSON; from any thread, for one who looks now and then instead of waiting."""
        found = []
        with suppress(IndexError):
            while True:
                found.append(self._waiting.popleft())
        return found

    async def next(self, seconds: float) -> tuple[list[bytes], int]:
        """Records as JSON, and how many were left out; nothing after `seconds`, or at the end."""
        if not self.has_ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()
        taken = list(self._waiting), self._skipped
        self._waiting.clear()
        self._skipped = 0
        return taken


class Feed:
    """The watchers of a node. `hear`, `renew` and `end` belong to the event loop."""

    def __init__(
        self, ask: Callable[[Sequence[Wanted]], None], most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`ask` tells the workers what to show for the next seconds, from any thread; `most` may watch at a time."""
        self._ask = ask
        self._most = most
        self._clock = clock
        self._numbers = itertools.count(1)
        self._watchers: dict[int, Watcher] = {}
        self._lock = threading.Lock()
        self._has_ended = False

    def open(self, wanted: Wanted, services: frozenset[str] | None) -> Watcher:
        """Begins to watch requests to these services; None: all. Raises `TooManyWatchersError`."""
        with self._lock:
            if len(self._watchers) >= self._most:
                raise TooManyWatchersError
            number = next(self._numbers)
            wanted = msgspec.structs.replace(wanted, watcher=number, services=services)
            watcher = Watcher(wanted, self._clock())
            self._watchers[number] = watcher
            if self._has_ended:
                watcher.end()
        self._ask(self._asked())
        return watcher

    def close(self, watcher: Watcher) -> None:
        """Somebody watches no more."""
        with self._lock:
            known = self._watchers.pop(watcher.wanted.watcher, None)
        if known is not None:
            self._ask(self._asked())

    def touch(self, watcher: Watcher) -> None:
        """He has taken what there was."""
        watcher.seen_at = self._clock()

    def hear(self, shown: Iterable[Shown], skipped: Mapping[int, int]) -> None:
        """What a worker shows. What a watcher may see is judged here, whatever the worker knew."""
        for one in shown:
            for number in one.watchers:
                watcher = self._watchers.get(number)
                if watcher is not None and may_see(watcher.wanted.services, one.service):
                    watcher.tell(bytes(one.record))
        for number, count in skipped.items():
            watcher = self._watchers.get(number)
            if watcher is not None and _told(watcher.wanted) is watcher.wanted:  # else others' requests are among them
                watcher.skip(count)

    def renew(self) -> None:
        """Asks again, once a second, and lets go of who does not read."""
        before = self._clock() - FORGOTTEN_SECONDS
        for watcher in list(self._watchers.values()):
            if watcher.seen_at < before:
                watcher.end()
                self.close(watcher)
        if self._watchers:
            self._ask(self._asked())

    async def renewing(self) -> None:
        """`renew`, for ever."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            self.renew()

    def end(self) -> None:
        """The node is stopping: whoever watches is told that nothing more will come."""
        self._has_ended = True
        for watcher in list(self._watchers.values()):
            watcher.end()

    def _asked(self) -> list[Wanted]:
        with self._lock:
            return [_told(watcher.wanted) for watcher in self._watchers.values()]


def _told(wanted: Wanted) -> Wanted:
    """As the workers are told, whose messages have a longest length."""
    names = wanted.services
    if names is not None and len(msgspec.json.encode(names)) > MOST_NAMES_BYTES:
        return msgspec.structs.replace(wanted, services=None)
    return wanted


_registered: list[Feed] = []


def register(feed: Feed) -> None:
    """Makes this feed the one that is watched."""
    _registered[:] = [feed]


def unregister() -> None:
    """Back to a process without traffic."""
    _registered.clear()


def registered() -> Feed | None:
    """The feed, None in a process without traffic."""
    return _registered[0] if _registered else None
