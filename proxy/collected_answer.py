"""An answer that is kept instead of sent: the way back of a request that the gateway makes on a client's behalf."""

from __future__ import annotations

from collections.abc import Callable

from proxy.downstream import ClientGone, ResponseCut
from proxy.errors import malformed
from proxy.http1.fields import Headers
from proxy.transport.stream import Stream


class Room:
    """How many bytes a number of answers may have together."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size


class CollectedAnswer:
    """A `Downstream` in memory, with a request body that is there already.

    `overflown` tells that the answer was given up because the `room` was not enough for it.
    """

    __slots__ = ("_body", "_pieces", "_room", "headers", "overflown", "started", "status")

    def __init__(self, room: Room, body: bytes = b"") -> None:
        self._room = room
        self._body = body
        self._pieces: list[bytes] = []
        self.started = False
        self.overflown = False
        self.status = 0
        self.headers: Headers = []

    @property
    def body(self) -> bytes:
        """What has come of the answer's body."""
        return b"".join(self._pieces)

    def body_now(self) -> bytes | None:
        """The request body that has not been read yet."""
        return self._body or None

    async def read(self) -> bytes:
        """The request body, then its end."""
        body, self._body = self._body, b""
        return body

    async def inform(self, status: int, headers: Headers) -> None:
        """Dropped: the answer has one head."""

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """Keeps all."""
        await self.start(status, reason, headers, length)
        await self.send(body)

    async def start(self, status: int, reason: bytes, headers: Headers, length: int) -> None:
        """Keeps the head."""
        self.started = True
        self.status = status
        self.headers = [field for field in headers if field[0] != b"connection"]

    async def send(self, piece: bytes) -> None:
        """Keeps a piece; raises `ClientGone`, which ends the call, where there is no room."""
        self._room.left -= len(piece)
        if self._room.left < 0:
            self.overflown = True
            raise ClientGone
        self._pieces.append(piece)

    async def finish(self, trailers: Headers) -> None:
        """Trailers have no place here."""

    async def switch(self, headers: Headers, on_drain: Callable[[], None]) -> Stream:
        """Nothing could flow both ways."""
        raise malformed("a part of another request cannot be a WebSocket", 501)

    def abort(self) -> None:
        """Raises, so that a cut answer is not taken for a whole one."""
        raise ResponseCut
