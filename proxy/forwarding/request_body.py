"""The request body on its way up: counted, and remembered while it is small so that it can be sent again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.downstream import Downstream
from proxy.errors import body_too_large

if TYPE_CHECKING:
    from proxy.exchange import Exchange

REPLAY_BYTES = 64 * 1024
"""Bodies up to this size can be sent to another instance when the first one fails."""


def request_body(exchange: Exchange) -> RequestBody:
    """The body of a request, the same one for everybody who asks."""
    if exchange.body is None:
        assert exchange.request is not None
        exchange.body = RequestBody(exchange.downstream, exchange.request.length, exchange.max_body_bytes)
    return exchange.body


class RequestBody:
    """Reads the client's body once and gives it out as often as `rewind` allows.

    `arrived` is when its end came, in seconds of `time.monotonic`, 0 before. `watcher` is told every piece when it is
    read first, and the empty one at the end.
    """

    __slots__ = (
        "_downstream", "_ended", "_keep_bytes", "_kept", "_limit", "_place", "arrived", "counted", "length", "watcher",
    )  # fmt: skip

    def __init__(self, downstream: Downstream, length: int, limit: int | None) -> None:
        self._downstream = downstream
        self._limit = limit
        self._keep_bytes = REPLAY_BYTES
        self._kept: list[bytes] | None = []
        self._place = 0
        self._ended = length == 0
        self.length = length
        self.counted = 0
        self.arrived = 0.0
        self.watcher: Callable[[bytes], None] | None = None

    async def next(self) -> bytes:
        """The next piece, empty at the end.

        Raises `GatewayError` 413 as soon as more bytes came than the route takes, whatever was announced.
        """
        if self._kept is not None and self._place < len(self._kept):
            self._place += 1
            return self._kept[self._place - 1]
        if self._ended:
            return b""
        piece = await self._downstream.read()
        if not piece:
            self._ended = True
            self.arrived = time.monotonic()
            if self.watcher is not None:
                self.watcher(b"")
            return b""
        self.counted += len(piece)
        if self._limit is not None and self.counted > self._limit:
            raise body_too_large(self._limit)
        if self._kept is not None:
            self._kept.append(piece)
            self._place += 1
            if self.counted > self._keep_bytes:
                self._kept = None
        if self.watcher is not None:
            self.watcher(piece)
        return piece

    def at_hand(self) -> bytes | None:
        """All of it, if it has been read to its end and kept; nothing is consumed."""
        return b"".join(self._kept) if self._ended and self._kept is not None else None

    async def whole(self, most: int) -> bytes:
        """All of it, to be looked at before it is sent; afterwards it is there from its beginning again.

        Raises `GatewayError` 413 for more than `most` bytes. Call it before anybody has taken a piece.
        """
        self._keep_bytes = max(self._keep_bytes, most)
        while await self.next():
            if self.counted > most:
                raise body_too_large(most)
        self.rewind()
        return b"".join(self._kept or ())

    @property
    def untouched(self) -> bool:
        """Whether nothing has been read yet."""
        return not self.counted

    def rewind(self) -> bool:
        """Starts over from the first byte; False when too much has gone by."""
        self._place = 0
        return self._kept is not None or not self.counted
