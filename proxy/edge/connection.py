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
REMEMBERED_BYTES = 4096
"""A longer head is read anew each time: a connection that lies idle shall not hold much (30 KB at worst)."""


class ClientConnection(Stream):
    """The server's side of one connection, with one task for as long as it is open."""

    __slots__ = (
        "_at_once",
        "_handed_over",
        "_in_exchange",
        "_is_resting",
        "_last_head",
        "_parked",
        "_served",
        "_server",
        "_surface",
        "closing",
        "is_head",
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
        self._is_resting = False
        """Whether the task waits for the first bytes of a request."""
        self._last_head: RequestHead | None = None
        self._parked: asyncio.Future[None] | None = None
        """What it waits for, kept from being woken while a request is served at once."""
        self._at_once: ClientExchange | None = None
        self._handed_over: ClientExchange | None = None
        """A request that was begun at once, on its way to the task."""
        self.closing = False
        self.is_head = False
        """Whether what is being read begins as a HEAD request, whose answer has no body even if it is a refusal."""
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
        if self._at_once is not None:
            self._abandon(self._at_once)
            self._in_exchange = False
            self._wait_again()
        super().connection_lost(error)
        self.on_finish_up = None
        if self._in_exchange and self.task is not None:
            self.task.cancel()
        self._server.left(self)

    # A request served at once, without the task (proxy/forwarding/underway.py).

    def data_received(self, data: bytes) -> None:
        """One whole head without a body, as nearly every request comes, is served here; the task sees to the others."""
        if self._is_resting and 0 < data.find(b"\r\n\r\n") == len(data) - 4 and self._reader is not None:
            try:
                head = self._parsed(data[:-4])
            except MalformedMessage:
                pass  # to be read again by the task, which refuses it
            else:
                if not head.length:
                    self._serve_at_once(head)
                    return
        Stream.data_received(self, data)

    def _serve_at_once(self, head: RequestHead) -> None:
        self._parked, self._reader = self._reader, None
        self._is_resting = False
        self.deadline = NEVER
        self._in_exchange = self._served = True
        self._at_once = exchange = ClientExchange(self, head)
        self._server.handle_at_once(head, exchange, self.peer, self._surface)

    def served_at_once(self, exchange: ClientExchange) -> None:
        """It is over: the next one is waited for, unless there is something else to do first."""
        if self._buffer or self.is_congested or not exchange.keep_alive:
            self.hand_over(exchange)
            return
        self._at_once = None
        self._in_exchange = False
        self._is_resting = True
        self.deadline = self.loop.time() + self.options.keep_alive_timeout_seconds
        self._wait_again()

    def hand_over(self, exchange: ClientExchange) -> None:
        """From here on the request is the task's."""
        self._at_once = None
        self._handed_over = exchange
        self._wait_again()
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_result(None)

    def _wait_again(self) -> None:
        self._reader, self._parked = self._parked, None

    def _abandon(self, exchange: ClientExchange) -> None:
        self._at_once = self._handed_over = None
        if exchange.serving is not None:
            exchange.serving.abandon()

    def expire(self) -> None:
        """Also ends a connection that was closed while its client took none of what had been written."""
        if self.transport.is_closing():
            self.reset()
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
                if self._buffer:  # a flood of pipelined requests that need no waiting must not keep others from theirs
                    await asyncio.sleep(0)
                    if self.closed:
                        break
        except (StreamClosed, ClientGone, asyncio.CancelledError):
            pass
        finally:
            self._in_exchange = False
            if self._handed_over is not None:
                self._abandon(self._handed_over)
            self.close()
            self.deadline = self.loop.time() + self.options.body_timeout_seconds

    async def _serve_one(self) -> bool:
        """Takes one request to its end; True when the connection can carry another."""
        try:
            exchange = await self._begun() or ClientExchange(self, head := await self._next_head())
        except StreamTimeout:
            if self.has_unread:
                self.is_head = self._buffer.startswith(b"HEAD ")
                await self._refuse(malformed("the request head did not arrive in time", 408))
            return False
        except MalformedMessage as error:
            await self._refuse(malformed(error.reason, error.status))
            return False
        serving, exchange.serving = exchange.serving, None
        if serving is not None:
            await serving.rest()
        elif exchange.started:
            if self.is_congested:
                await exchange.drain()
        else:
            self._in_exchange = self._served = True
            await self._server.handle(head, exchange, self.peer, self._surface)
        self._in_exchange = False
        if exchange.keep_alive:
            return True
        await self._linger()
        return False

    async def _begun(self) -> ClientExchange | None:
        """Waits for the first bytes of a request; the request, where it was begun at once and handed over."""
        if self._buffer:
            return None
        options = self.options
        patience = options.keep_alive_timeout_seconds if self._served else options.header_timeout_seconds
        self.deadline = self.loop.time() + (IDLE_DRAIN_SECONDS if self.closing else patience)
        self._is_resting = True
        try:
            await self._more()
        finally:
            self._is_resting = False
        exchange, self._handed_over = self._handed_over, None
        return exchange

    async def _next_head(self) -> RequestHead:
        """The head of the request that has begun to come, within its time."""
        options = self.options
        limit = options.max_header_bytes + options.max_request_line_bytes + len(b"\r\n")
        try:
            block = self.take_head(limit)
            if block is None:
                self.deadline = self.loop.time() + options.header_timeout_seconds
                block = await self.read_head(limit)
        except MalformedMessage as error:
            raise self._too_long(error) from None
        self.deadline = NEVER
        return self._parsed(block)

    def _parsed(self, block: bytes) -> RequestHead:
        """Raises `MalformedMessage`."""
        options = self.options
        block = block.removeprefix(b"\r\n")  # an empty line before a request is forgiven (RFC 9112 section 2.2)
        self.is_head = block.startswith(b"HEAD ")
        if len(block) > options.max_header_bytes and block.find(b"\r\n") < len(block) - options.max_header_bytes:
            raise MalformedMessage(f"the fields are longer than {options.max_header_bytes} bytes", 431)
        head = parse_request_head(
            block,
            max_line=options.max_request_line_bytes,
            max_fields=options.max_header_count,
            before=self._last_head,
        )
        self._last_head = head if len(head.raw) <= REMEMBERED_BYTES else None
        return head

    def _too_long(self, error: MalformedMessage) -> MalformedMessage:
        """The same error, or 414 where it is the request line that is too long."""
        most = self.options.max_request_line_bytes
        self.is_head = self._buffer.startswith(b"HEAD ")
        if error.status == 431 and self._buffer.find(b"\r\n", 2, most + 4) < 0:
            return MalformedMessage(f"the request line is longer than {most} bytes", 414)
        return error

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
