"""One client connection: reads a request, has it served, reads the next.

The loop below is the whole of keep-alive and pipelining: requests are taken one after another, so answers keep their
order (RFC 9112 section 9.3.2), and a connection with bytes nobody may interpret is closed, never reused (edge rule F7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from proxy.downstream import ClientGone
from proxy.edge.client_exchange import ClientExchange
from proxy.errors import GatewayError, malformed
from proxy.http1.errors import MalformedMessage
from proxy.http1.request_head import RequestHead, parse_request_head
from proxy.options import GatewayOptions
from proxy.transport.deadlines import NEVER
from proxy.transport.stream import Stream, StreamClosed, StreamTimeout

if TYPE_CHECKING:
    from proxy.edge.server import EdgeServer

Surface = Literal["all", "traffic", "control"]

IDLE_DRAIN_SECONDS = 1.0
LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024


class ClientConnection(Stream):
    """The server's side of one connection, with one task for as long as it is open."""

    __slots__ = (
        "_in_exchange",
        "_served",
        "_server",
        "_surface",
        "closing",
        "on_finish_up",
        "options",
        "peer",
        "task",
    )

    def __init__(self, server: EdgeServer, surface: Surface) -> None:
        super().__init__()
        self._server = server
        self.options: GatewayOptions = server.runtime.options
        self._surface = surface
        self.task: asyncio.Task[None] | None = None
        self._in_exchange = False
        self._served = False
        self.closing = False
        self.on_finish_up: Callable[[], None] | None = None
        self.peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        self.peer = name[0] if isinstance(name, tuple) else ""
        self._server.joined(self)
        self.task = asyncio.get_running_loop().create_task(self._run())

    def connection_lost(self, error: Exception | None) -> None:
        """The client has gone: what runs on its behalf is cancelled (edge rule T2)."""
        super().connection_lost(error)
        self.on_finish_up = None
        if self._in_exchange and self.task is not None:
            self.task.cancel()
        self._server.left(self)

    def expire(self) -> None:
        """Also ends a connection that was closed while its client took none of what had been written."""
        if self.transport.is_closing():
            self.abort()
        super().expire()

    def finish_up(self) -> None:
        """The server is stopping: this connection ends with its next answer, or soon if no request comes.

        Closing an idle connection at once would fail the request that is on its way over it just then.
        """
        self.closing = True
        if self.on_finish_up is not None:
            self.on_finish_up()
        if not self._in_exchange:
            self.deadline = min(self.deadline, self.loop.time() + IDLE_DRAIN_SECONDS)

    async def _run(self) -> None:
        try:
            while await self._serve_one():
                pass
        except (StreamClosed, ClientGone, asyncio.CancelledError):
            pass
        finally:
            self._in_exchange = False
            self.close()
            self.deadline = self.loop.time() + self.options.body_timeout_seconds

    async def _serve_one(self) -> bool:
        """Takes one request to its end; True when the connection can carry another."""
        try:
            head = await self._next_head()
        except StreamTimeout:
            if self.has_unread:
                await self._refuse(malformed("the request head did not arrive in time", 408))
            return False
        except MalformedMessage as error:
            await self._refuse(malformed(error.reason, error.status))
            return False
        exchange = ClientExchange(self, head)
        self._in_exchange = self._served = True
        await self._server.handle(head, exchange, self.peer, self._surface)
        self._in_exchange = False
        if exchange.keep_alive:
            return True
        await self._linger()
        return False

    async def _next_head(self) -> RequestHead:
        """The next request's head, within the time for an idle connection and then for a head."""
        options = self.options
        if not self._buffer:
            patience = options.keep_alive_timeout_seconds if self._served else options.header_timeout_seconds
            self.deadline = self.loop.time() + (IDLE_DRAIN_SECONDS if self.closing else patience)
            await self._more()
        limit = options.max_header_bytes + options.max_request_line_bytes
        block = self.take_head(limit)
        if block is None:
            self.deadline = self.loop.time() + options.header_timeout_seconds
            block = await self.read_head(limit)
        self.deadline = NEVER
        block = block.removeprefix(b"\r\n")  # an empty line before a request is forgiven (RFC 9112 section 2.2)
        if len(block) > options.max_header_bytes and block.find(b"\r\n") < len(block) - options.max_header_bytes:
            raise MalformedMessage(f"the fields are longer than {options.max_header_bytes} bytes", 431)
        return parse_request_head(block, max_line=options.max_request_line_bytes, max_fields=options.max_header_count)

    async def _refuse(self, error: GatewayError) -> None:
        """Answers bytes that are no request, and closes."""
        self.deadline = self.loop.time() + self.options.header_timeout_seconds
        self._server.refuse(self, error)
        await self._linger()

    async def _linger(self) -> None:
        """Closes so that the answer arrives (RFC 9112 section 9.6).

        Closing with unread bytes would make the kernel send a reset, which can destroy the answer before the client
        has read it. So this side ends first and reads on for a moment.
        """
        self.on_finish_up = None
        if self.closed or self.transport.is_closing():
            return
        self.transport.write_eof()
        self.deadline = self.loop.time() + LINGER_SECONDS
        dropped = 0
        try:
            while dropped < LINGER_BYTES:
                dropped += len(self._buffer)
                self._buffer = b""
                await self._more()
        except (StreamClosed, StreamTimeout):
            pass
