"""One HTTP/1.1 byte stream: buffered reading with back-pressure, writing that can wait, a deadline.

The client's side (`proxy/edge/connection.py`) and the upstream's side (`proxy/transport/upstream.py`) are the same
machine with the roles swapped, so both are this class. At most one coroutine reads a stream and one writes it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from types import FunctionType
from typing import cast

from proxy.http1.body import Body
from proxy.http1.errors import IncompleteMessage, MalformedMessage
from proxy.transport.deadlines import NEVER, OVERDUE

HIGH_WATER_BYTES = 64 * 1024
"""Unread bytes at which the peer is made to wait."""
WRITE_HIGH_WATER_BYTES = 64 * 1024
"""Beyond what the kernel takes. Thousands of clients that take nothing may each hold as much, and one piece more."""
_NO_LINGER = struct.pack("ii", 1, 0)


class StreamClosed(Exception):
    """The peer went away, or this side closed the stream."""


class StreamTimeout(Exception):
    """The stream's deadline passed while something waited for it."""


_HOT = ("data_received", "_more", "_resume", "take_head", "read_head", "take", "write")


class Stream(asyncio.Protocol):
    """The protocol object of one connection.

    `is_congested` while the peer is not taking what was written; then `drain` before writing more.
    """

    __slots__ = (
        "_broken",
        "_buffer",
        "_drained",
        "_reader",
        "_reading_paused",
        "closed",
        "deadline",
        "is_congested",
        "loop",
        "transport",
    )

    def __init_subclass__(cls) -> None:
        """Gives each kind of stream methods of its own, which are the same.

        CPython remembers beside each instruction where objects of one class keep an attribute. Two classes that take
        turns at one method, as here with every request, make it forget: 1.6 % of a request's instructions.
        """
        super().__init_subclass__()
        for name in _HOT:
            method = getattr(cls, name)
            if method is getattr(Stream, name):
                setattr(cls, name, FunctionType(method.__code__.replace(), globals(), name, method.__defaults__))

    def __init__(self) -> None:
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.loop: asyncio.AbstractEventLoop = cast(asyncio.AbstractEventLoop, None)
        self.deadline = NEVER
        self.closed = False
        self._broken = False
        self._buffer = b""
        self._reader: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._reading_paused = False
        self.is_congested = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is open."""
        self.transport = cast(asyncio.Transport, transport)
        # Kept, because asking for the running loop costs a system call each time (CPython 3.11 checks the process id).
        self.loop = asyncio.get_running_loop()
        self.transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)

    def data_received(self, data: bytes) -> None:
        """Keeps the bytes for the reader and wakes it; past the high-water mark the peer has to wait."""
        self._buffer = self._buffer + data if self._buffer else data
        reader = self._reader
        if reader is not None:
            self._reader = None
            if not reader.done():
                reader.set_result(None)
        elif len(self._buffer) > HIGH_WATER_BYTES and not self._reading_paused:
            self._reading_paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool | None:
        """The peer sends no more: for HTTP that is a close."""
        return None

    def connection_lost(self, error: Exception | None) -> None:
        """Wakes whoever waits, with `StreamClosed`."""
        self.closed = True
        self._broken = self._broken or error is not None
        self._fail(StreamClosed(str(error) if error else "closed by the peer"))

    def pause_writing(self) -> None:
        """The peer does not take what is written."""
        self.is_congested = True

    def resume_writing(self) -> None:
        """The peer takes it again."""
        self.is_congested = False
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def expire(self) -> None:
        """The deadline passed: whoever waits gets `StreamTimeout`.

        Where nobody waits, somebody may just have been woken by a few bytes and wait again at once: a peer that sends
        them drop by drop must not get rid of the deadline so.
        """
        if not self._fail(StreamTimeout()):
            self.deadline = OVERDUE

    def _fail(self, error: Exception) -> bool:
        """Whether anybody waited to be told."""
        told = False
        for waiter in (self._reader, self._drained):
            if waiter is not None and not waiter.done():
                waiter.set_exception(error)
                told = True
        self._reader = self._drained = None
        return told

    # Reading.

    def _more(self) -> asyncio.Future[None]:
        """To be awaited until bytes came; then, or at once, raises `StreamClosed` or `StreamTimeout`.

        A plain function, since a coroutine here would be one more frame to resume for every message.
        """
        if self.closed:
            raise StreamClosed("closed")
        self._resume()
        self._reader = self.loop.create_future()
        return self._reader

    def _resume(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            self.transport.resume_reading()

    def resume(self) -> None:
        """Lets a peer that was made to wait go on; only while reading is its leaving noticed."""
        if len(self._buffer) <= HIGH_WATER_BYTES:
            self._resume()

    def take_head(self, limit: int, start: int = 0) -> bytes | None:
        """The bytes up to the next empty line, without it; None when they have not all come.

        The empty line is looked for from `start` on. Raises `MalformedMessage` with 431 for more than `limit` bytes.
        """
        end = self._buffer.find(b"\r\n\r\n", start)
        if end < 0:
            return None
        if end > limit:
            raise MalformedMessage(f"the head is longer than {limit} bytes", 431)
        head = self._buffer[:end]
        self._buffer = self._buffer[end + 4 :]
        return head

    async def read_head(self, limit: int) -> bytes:
        """As `take_head`, but waits for it. A head that comes drop by drop is looked at once, not once a drop."""
        if not self._buffer:
            await self._more()
        seen = 0
        while (head := self.take_head(limit, max(seen - 3, 0))) is None:
            self._check_begun(limit, seen)
            seen = len(self._buffer)
            await self._more()
        return head

    def _check_begun(self, limit: int, seen: int) -> None:
        """A head that is still coming must not be too long already, nor wait for an end that cannot come."""
        if len(self._buffer) > limit:
            raise MalformedMessage(f"the head is longer than {limit} bytes", 431)
        begin = seen - 1 if self._buffer[seen - 1 : seen] == b"\r" else seen
        if self._buffer.count(b"\n", begin) != self._buffer.count(b"\r\n", begin):
            raise MalformedMessage("a line is not ended by CR LF")

    def take(self, body: Body) -> bytes:
        """What has come of `body`, without waiting; empty when nothing has."""
        payload, self._buffer = body.feed(self._buffer)
        return payload

    async def read(self, body: Body) -> bytes:
        """The next piece of `body`, empty at its end.

        Raises `IncompleteMessage` when the peer closes before it, `MalformedMessage` for a broken chunk. A reset is no
        end, not even of a body that ends with the close (RFC 9112 section 8).
        """
        while True:
            payload, self._buffer = body.feed(self._buffer)
            if payload or body.done:
                return payload
            try:
                await self._more()
            except StreamClosed:
                if self._broken:
                    raise IncompleteMessage("reset before the end of the body") from None
                body.end()
                return b""

    @property
    def has_unread(self) -> bool:
        """Whether bytes came that nobody has asked for."""
        return bool(self._buffer)

    # Writing.

    def write(self, data: bytes) -> None:
        """Sends `data`; nothing happens on a closed stream."""
        if not self.closed:
            self.transport.write(data)

    async def drain(self) -> None:
        """Waits until the peer takes more; raises `StreamClosed` or `StreamTimeout`."""
        if self.closed:
            raise StreamClosed("closed")
        if self.is_congested:
            self._drained = self.loop.create_future()
            await self._drained

    def close(self) -> None:
        """Closes after what was written has gone out."""
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        """As `abort`, and tells the peer of an error instead of an end.

        Only so does the reader of a body that ends with the close see that it was cut (RFC 9112 section 8), and the
        kernel, which would keep what it has taken for minutes for a peer that takes nothing, forgets it.
        """
        if self.transport is not None and not self.closed:
            sock: socket.socket | None = self.transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.abort()

    def abort(self) -> None:
        """Closes at once and drops what was not sent, so that no reader takes a cut body for a whole one."""
        self._broken = True
        if self.transport is not None:
            self.transport.abort()
