"""Many requests for one reply, one fetch: who waits for whom (edge rule C4).

In one worker those who wait are woken; over the workers of a machine one of them looks at the flight's record now and
then, and the others wait for that one. The record ends by itself soon after its worker has stopped saying that it goes
on, so a worker that died holds nobody up for long.
"""

from __future__ import annotations

import asyncio
import time

from proxy.caching.reply_store import LEASE_SECONDS, ReplyStore, Ticket

LOOK_SECONDS = 0.01


class Flights:
    """The fetches of one worker, and those of others that its requests wait for."""

    def __init__(self, store: ReplyStore) -> None:
        self._store = store
        self._ends: dict[bytes, asyncio.Event] = {}
        self._renewals: dict[bytes, asyncio.TimerHandle] = {}

    def begin(self, ticket: Ticket) -> None:
        """This worker fetches what `ticket` was given for."""
        self._ends[ticket.flight] = asyncio.Event()
        self._plan_renewal(ticket)

    def end(self, ticket: Ticket, pass_seconds: float = 0.0) -> None:
        """The fetch is over, as `ReplyStore.release`; whoever waits looks again."""
        self._store.release(ticket, time.monotonic(), pass_seconds)
        renewal = self._renewals.pop(ticket.flight, None)
        if renewal is not None:
            renewal.cancel()
        self._wake(ticket.flight)

    async def wait(self, key: bytes, seconds: float) -> None:
        """Returns when the flight has ended, or after `seconds`."""
        if key in self._ends:
            try:
                async with asyncio.timeout(seconds):
                    await self._ends[key].wait()
            except TimeoutError:
                pass
            return
        self._ends[key] = asyncio.Event()
        try:
            await self._watch(key, time.monotonic() + seconds)
        finally:
            self._wake(key)

    async def _watch(self, key: bytes, until: float) -> None:
        # Polled, because the leader may be another process, which can say nothing but through the store.
        while (now := time.monotonic()) < until and self._store.state(key, now) == "held":  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK_SECONDS)  # what is awaited happens in another process

    def _wake(self, key: bytes) -> None:
        end = self._ends.pop(key, None)
        if end is not None:
            end.set()

    def _plan_renewal(self, ticket: Ticket) -> None:
        loop = asyncio.get_running_loop()
        self._renewals[ticket.flight] = loop.call_later(LEASE_SECONDS / 3, self._renew, ticket)

    def _renew(self, ticket: Ticket) -> None:
        self._store.renew(ticket, time.monotonic())
        self._plan_renewal(ticket)

    def close(self) -> None:
        """Stops renewing."""
        for renewal in self._renewals.values():
            renewal.cancel()
        self._renewals.clear()
