"""The bodies a message can have, all taken apart through the same two calls: `feed` and `end`."""

from __future__ import annotations

from proxy.http1.chunked import ChunkedBody
from proxy.http1.errors import IncompleteMessage
from proxy.http1.fields import Headers
from proxy.http1.framing import CHUNKED, UNTIL_CLOSE

NO_TRAILERS: Headers = []


class LengthBody:
    """A body of a known number of bytes."""

    __slots__ = ("_left", "done")
    trailers = NO_TRAILERS

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = not length

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """The payload found in `data` and what is left of it."""
        if len(data) < self._left:
            self._left -= len(data)
            return data, b""
        payload, rest = (data, b"") if len(data) == self._left else (data[: self._left], data[self._left :])
        self._left = 0
        self.done = True
        return payload, rest

    def end(self) -> None:
        """The sender closed: raises `IncompleteMessage` when bytes are missing."""
        if not self.done:
            raise IncompleteMessage(f"closed {self._left} bytes before the end of the body")


class UntilCloseBody:
    """A body that ends when its sender closes (RFC 9112 section 6.3, rule 8)."""

    __slots__ = ("done",)
    trailers = NO_TRAILERS

    def __init__(self) -> None:
        self.done = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """All of `data` is payload."""
        return data, b""

    def end(self) -> None:
        """The sender closed, which is how this body ends."""
        self.done = True


Body = LengthBody | ChunkedBody | UntilCloseBody


_EMPTY = LengthBody(0)
"""A body that is at its end from the beginning has no state, so all such bodies are one."""


def body_of(length: int, *, refused_trailers: frozenset[bytes] = frozenset()) -> Body:
    """The reader for a body of `length` bytes, `CHUNKED` or `UNTIL_CLOSE`."""
    if not length:
        return _EMPTY
    if length == CHUNKED:
        return ChunkedBody(refused_trailers)
    return UntilCloseBody() if length == UNTIL_CLOSE else LengthBody(length)
