"""So much heavy work in one turn of the event loop, so that a crowd does not keep others from theirs.

What a turn begins, it finishes before it looks for anything new: five hundred connections opened in one, or as many
large pieces passed on, would make every other request wait for as long as that takes. Those who wait are let through
by turns too, one of each kind after another: a crowd at one instance is ahead of nobody at another.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable

HEAVY_A_TURN = 8
"""Of what takes about 0.1 ms: opening a connection, passing on a large piece of a body."""


class Turns:
    """Lets `most` callers through a turn; those of one `kind` in the order in which they came."""

    def __init__(self, most: int = HEAVY_A_TURN) -> None:
        self._most = most
        self._left = most
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    async def take(self, kind: Hashable) -> None:
        """Waits, if need be, for a turn that has room. Cancelling a caller takes no place from another."""
        if self._left and not self._waiting:
            self._use()
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(kind, deque()).append(place)
        await place

    def _use(self) -> None:
        if self._left == self._most:
            asyncio.get_running_loop().call_soon(self._next)
        self._left -= 1

    def _next(self) -> None:
        self._left = self._most
        while self._left and self._waiting:
            kind, places = self._waiting.popitem(last=False)
            place = places.popleft()
            if places:
                self._waiting[kind] = places
            if not place.done():
                self._use()
                place.set_result(None)
