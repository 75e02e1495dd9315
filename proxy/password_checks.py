"""Passwords checked beside the event loop, remembered, and never more than the worker can bear (G-226).

A check takes about 50 ms and 16 MiB, so

- one thread of low priority does them, one after the other: traffic that needs none does not notice;
- a password that was right is remembered, so its next request costs a digest. What is remembered is a keyed digest of
  hash and password: it outlives a reload, and a password that was changed or deleted is not asked for any more;
- the same password shown by many requests at once is checked once;
- what may wait is bounded, for the worker and for each client network, and after `WRONG_IN_A_MINUTE` wrong passwords a
  network waits too. Both are answered 429, but never to a caller whose password is remembered.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from math import ceil

from permissions.password_hash import is_password_of
from proxy.limiting.sliding_window import sliding_window
from proxy.state.counter_store import CounterStore

REMEMBERED = 10_000
WAITING = 64
"""Checks one worker puts in a row, about three seconds of them."""
WAITING_OF_A_NETWORK = 4
WRONG_IN_A_MINUTE = 20
BLOCKED_NETWORKS = 4096
LOWER_PRIORITY = 5
"""As `nice` counts: a quarter of what the traffic gets, where there is too little for both."""


class TooManyChecks(Exception):
    """No check now; perhaps in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class PasswordChecks:
    """The checks of one worker. Wrong passwords are counted in `counters`, which workers share."""

    def __init__(self, counters: CounterStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._counters = counters
        self._clock = clock
        self._key = os.urandom(32)
        self._right: dict[bytes, None] = {}
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._waiting: Counter[bytes] = Counter()
        self._blocked_until: dict[bytes, float] = {}
        self._window = sliding_window(WRONG_IN_A_MINUTE, 60.0)
        self._thread: ThreadPoolExecutor | None = None

    def remembers(self, encoded: str, password: str) -> bool:
        """Whether this password was found to be that of `encoded` before."""
        return self._digest(encoded, password) in self._right

    async def is_right(self, encoded: str, password: str, network: bytes) -> bool:
        """Whether `encoded` was made from `password`; `network` is the client's. Raises `TooManyChecks`."""
        digest = self._digest(encoded, password)
        if digest in self._right:
            return True
        running = self._running.get(digest)
        if running is None:
            self._refuse_too_many(network)
            running = self._start(digest, encoded, password, network)
        return await asyncio.shield(running)  # a client that leaves takes nobody else's answer along

    def close(self) -> None:
        """Gives up what waits."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _refuse_too_many(self, network: bytes) -> None:
        blocked = self._blocked_until.get(network, 0.0) - self._clock()
        if blocked > 0:
            raise TooManyChecks(ceil(blocked))
        self._blocked_until.pop(network, None)
        if len(self._running) >= WAITING or self._waiting[network] >= WAITING_OF_A_NETWORK:
            raise TooManyChecks(1)

    def _start(self, digest: bytes, encoded: str, password: str, network: bytes) -> asyncio.Future[bool]:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "password-check", initializer=_yield_to_traffic)
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, is_password_of, password, encoded)
        self._running[digest] = running
        self._waiting[network] += 1
        running.add_done_callback(lambda done: self._finished(digest, network, done))
        return running

    def _finished(self, digest: bytes, network: bytes, done: asyncio.Future[bool]) -> None:
        del self._running[digest]
        self._waiting[network] -= 1
        if not self._waiting[network]:
            del self._waiting[network]
        if done.cancelled() or done.exception() is not None:
            return
        if done.result():
            if len(self._right) >= REMEMBERED:
                del self._right[next(iter(self._right))]
            self._right[digest] = None
        else:
            self._count_wrong(network)

    def _count_wrong(self, network: bytes) -> None:
        now = self._clock()
        verdict = self._counters.change(b"wrong-password\0" + network[:256], self._window, now)
        if verdict.admitted and verdict.remaining:
            return
        if len(self._blocked_until) >= BLOCKED_NETWORKS:
            del self._blocked_until[next(iter(self._blocked_until))]
        self._blocked_until[network] = now + verdict.free_in

    def _digest(self, encoded: str, password: str) -> bytes:
        text = f"{encoded}\0{password}".encode("utf-8", "surrogatepass")
        return blake2b(text, key=self._key, digest_size=32).digest()


def _yield_to_traffic() -> None:
    """Linux keeps a priority for each thread; elsewhere this one competes as it is."""
    with suppress(OSError, AttributeError):
        lower = os.getpriority(os.PRIO_PROCESS, 0) + LOWER_PRIORITY
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), lower)
