"""The request body on its way up: counted, and remembered while it is small so that it can be sent again."""

from __future__ import annotations

from proxy.downstream import Downstream
from proxy.errors import body_too_large

REPLAY_BYTES = 64 * 1024
"""Bodies up to this size can be sent to another instance when the first one fails."""


class RequestBody:
    """Reads the client's body once and gives it out as often as `rewind` allows."""

    __slots__ = ("_downstream", "_ended", "_kept", "_limit", "_place", "counted", "length")

    def __init__(self, downstream: Downstream, length: int, limit: int | None) -> None:
        self._downstream = downstream
        self._limit = limit
        self._kept: list[bytes] | None = []
        self._place = 0
        self._ended = length == 0
        self.length = length
        self.counted = 0

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
            return b""
        self.counted += len(piece)
        if self._limit is not None and self.counted > self._limit:
            raise body_too_large(self._limit)
        if self._kept is not None:
            self._kept.append(piece)
            self._place += 1
            if self.counted > REPLAY_BYTES:
                self._kept = None
        return piece

    @property
    def untouched(self) -> bool:
        """Whether nothing has been read yet."""
        return not self.counted

    def rewind(self) -> bool:
        """Starts over from the first byte; False when too much has gone by."""
        self._place = 0
        return self._kept is not None or not self.counted
