"""An upstream that does exactly what a test says, and keeps every byte it was sent."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import h11

Script = Callable[["Connection"], Awaitable[None]]


class Connection:
    """One accepted connection: `received` holds what came in, `frames` WebSocket frames, `number` counts from 0."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self.received = b""
        self.frames: list[Any] = []
        self.ended = asyncio.Event()

    async def read_head(self) -> bytes:
        """The next request head with its empty line."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.received += head
        return head

    async def read_exactly(self, count: int) -> bytes:
        """`count` bytes of a body."""
        data = await self.reader.readexactly(count)
        self.received += data
        return data

    async def send(self, data: bytes) -> None:
        """Writes and waits until the socket takes it."""
        if self.writer.is_closing():
            raise ConnectionError
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Waits for the other side to close."""
        while data := await self.reader.read(65536):
            self.received += data

    def reset(self) -> None:
        """Closes with a reset: without the option the kernel would say goodbye with a FIN."""
        sock = self.writer.get_extra_info("socket")
        if sock is not None and not self.writer.transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class ScriptedUpstream:
    """A listening socket on loopback whose connections run a script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections: list[Connection] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, port: int = 0) -> ScriptedUpstream:
        """Begins to accept."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(len(self.connections), reader, writer)
        self.connections.append(connection)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self.script(connection)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            connection.ended.set()
            writer.close()
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Closes the socket and breaks every connection."""
        assert self._server is not None
        self._server.close()
        for connection in self.connections:
            connection.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def scripted(script: Script, port: int = 0):
    """A running upstream; `port` is for one that comes back to it."""
    upstream = await ScriptedUpstream(script).start(port)
    try:
        yield upstream
    finally:
        await upstream.stop()


def answering(response: bytes) -> Script:
    """A script that answers every request head with the same bytes, keep-alive."""

    async def script(connection: Connection) -> None:
        while True:
            await connection.read_head()
            await connection.send(response)

    return script


def ok(body: bytes = b"hello", *fields: bytes) -> bytes:
    """A plain 200."""
    head = [b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), b"content-type: text/plain", *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def echoing(name: str) -> Script:
    """A script that answers with its name, the method, the target and the body it got, as h11 read them."""

    async def script(connection: Connection) -> None:
        while True:
            parser = h11.Connection(h11.SERVER)
            request, body = await read_request(parser, connection)
            text = b"%b %b %b " % (name.encode(), request.method, request.target)
            await connection.send(ok(text + body, b"x-upstream: " + name.encode()))
            if parser.their_state is not h11.DONE:
                return

    return script


async def read_request(parser: h11.Connection, connection: Connection) -> tuple[h11.Request, bytes]:
    """The next request and its body, as h11 understands them."""
    request, body = None, b""
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            data = await connection.reader.read(65536)
            if not data:
                raise ConnectionError
            connection.received += data
            parser.receive_data(data)
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            return request, body
        else:
            raise ConnectionError
