"""JSON lines between the supervisor and one child, over a socket pair."""

from __future__ import annotations

import asyncio
import logging
import socket

import msgspec

from proxy.node.messages import Message, decode, encode

MAX_LINE_BYTES = 1024 * 1024
MAX_UNREAD_BYTES = 8 * 1024 * 1024
"""A peer that leaves this much unread is stuck; the channel is closed rather than let grow."""
MAX_BEHIND_BYTES = 1024 * 1024
"""Beyond this much unread, what may be lost is not sent."""

logger = logging.getLogger("gateway.node")


class Channel:
    """One end of a pair. `send` from the event loop's thread only."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, sock: socket.socket) -> Channel:
        """Take over a connected stream socket."""
        sock.setblocking(False)
        return cls(*await asyncio.open_unix_connection(sock=sock, limit=MAX_LINE_BYTES))

    def send(self, message: Message) -> None:
        """Queue one message; on a channel that is closed it is dropped."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            logger.error("a process of this node does not read its channel; giving it up")
            transport.abort()
            return
        self._writer.write(encode(message))

    def offer(self, message: Message) -> None:
        """Send what may be lost, unless the other end is behind."""
        if self._writer.transport.get_write_buffer_size() <= MAX_BEHIND_BYTES:
            self.send(message)

    async def receive(self) -> Message | None:
        """The next message; None when the other end is gone.

        A line that is too long or is no message ends the channel too: both ends are one program, so it means that
        one of them is broken.
        """
        try:
            line = await self._reader.readline()
            if line.endswith(b"\n"):
                return decode(line)
        except OSError:
            pass  # a process that was killed may leave unread bytes behind
        except (ValueError, msgspec.MsgspecError) as error:
            logger.error("channel closed: %s", error)
            self.close()
        return None

    def close(self) -> None:
        """Let go of the socket; what was queued is still sent if the other end reads it."""
        self._writer.close()
