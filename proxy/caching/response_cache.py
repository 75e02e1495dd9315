"""The response cache of one worker: the machine's store, the fetches under way, the refreshing behind stale replies."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

from proxy.caching.flights import Flights
from proxy.caching.own_shelf import OwnShelf
from proxy.caching.reply_store import ReplyStore
from proxy.caching.shared_shelf import SharedShelf
from proxy.options import GatewayOptions

MOST_REFRESHES = 64
"""Replies that one worker fetches anew at the same time behind stale ones; beyond that they stay stale until later."""


class ResponseCache:
    """Lives as long as its worker."""

    def __init__(self, store: ReplyStore, most_entry_bytes: int) -> None:
        self.store = store
        self.flights = Flights(store)
        self.most_entry_bytes = most_entry_bytes
        self._refreshes: set[asyncio.Task[None]] = set()

    @property
    def may_refresh(self) -> bool:
        """Whether another background fetch may begin."""
        return len(self._refreshes) < MOST_REFRESHES

    def refresh(self, work: Coroutine[None, None, None]) -> None:
        """Runs a background fetch."""
        task = asyncio.get_running_loop().create_task(work)
        self._refreshes.add(task)
        task.add_done_callback(self._refreshes.discard)

    def close(self) -> None:
        """Ends what runs and lets go of the store."""
        for task in self._refreshes:
            task.cancel()
        self.flights.close()
        self.store.close()


def own_store(options: GatewayOptions) -> ReplyStore:
    """The store of a gateway of one process."""
    return ReplyStore(lambda: OwnShelf(options.cache_bytes))


def shared_store(directory: str, options: GatewayOptions) -> ReplyStore:
    """The store that the workers of a node share through `directory`, opened when it is first needed.

    Without a directory nothing is kept: what workers keep for themselves no purge and no change could reach.
    """

    def opened() -> SharedShelf:
        if not directory:
            raise OSError("the node has no directory for it")
        return SharedShelf(Path(directory) / "replies", options.cache_bytes)

    return ReplyStore(opened)
