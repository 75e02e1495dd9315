"""One request and its answer on a client connection: the edge's side of `Downstream`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from proxy.downstream import ClientGone
from proxy.errors import GatewayError, body_too_slow, malformed
from proxy.http1.body import body_of
from proxy.http1.chunked import chunk, last_chunk
from proxy.http1.errors import IncompleteMessage, MalformedMessage
from proxy.http1.fields import Headers
from proxy.http1.framing import CHUNKED
from proxy.http1.request_head import RequestHead
from proxy.http1.response_head import serialise_head
from proxy.transport.deadlines import NEVER
from proxy.transport.stream import Stream, StreamClosed, StreamTimeout

if TYPE_CHECKING:
    from proxy.edge.connection import ClientConnection
    from proxy.pipeline import Serving

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REFUSED_TRAILERS = frozenset((b"content-length", b"host", b"transfer-encoding"))
"""RFC 9110 section 6.5.1. All trailers of requests are dropped; these are no mistake but an attempt (edge rule F13)."""


class ClientExchange:
    """Frames one answer as the client's version of HTTP can read it.

    `keep_alive` is settled when the head of the answer goes out and tells the connection's loop whether to go on.
    """

    __slots__ = ("_body", "_chunked", "_connection", "_expects_continue", "_head", "keep_alive", "serving", "started")

    def __init__(self, connection: ClientConnection, head: RequestHead) -> None:
        self._connection = connection
        self._head = head
        self._body = body_of(head.length, refused_trailers=REFUSED_TRAILERS)
        self._expects_continue = head.length != 0 and head.version == 11 and b"expect" in head.fields
        self._chunked = False
        self.keep_alive = False
        self.started = False
        self.serving: Serving | None = None
        """The request that was begun at once, as long as it is not over."""

    # The request body.

    def body_now(self) -> bytes | None:
        """The whole body if it came with the head (only for a known length)."""
        length, buffer = self._head.length, self._connection._buffer
        return buffer[:length] if 0 < length <= len(buffer) else None

    async def read(self) -> bytes:
        """The next piece; the first call invites a client that waits for it (RFC 9110 section 10.1.1)."""
        connection = self._connection
        if self._expects_continue:
            self._expects_continue = False
            if not connection.has_unread:
                connection.write(CONTINUE)
        connection.deadline = connection.loop.time() + connection.options.body_timeout_seconds
        try:
            return await connection.read(self._body)
        except StreamTimeout:
            raise body_too_slow() from None
        except IncompleteMessage:
            raise ClientGone from None
        except MalformedMessage as error:
            raise malformed(error.reason, error.status) from None
        finally:
            connection.deadline = NEVER
            connection.resume()

    # The answer.

    async def inform(self, status: int, headers: Headers) -> None:
        """An interim response; HTTP/1.0 has none."""
        if self._head.version == 11:
            self._connection.write(serialise_head(status, b"Early Hints", headers))

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """Head and body in one write."""
        self.answer(status, reason, headers, body, length)
        if self._connection.is_congested:
            await self.drain()

    def answer(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        """The same without waiting; where the client takes nothing, `drain` before its next request is read."""
        self.started = True
        self._settle(headers)
        if length >= 0:
            headers.append((b"content-length", b"%d" % length))
        self._connection.write(serialise_head(status, reason, headers) + body)

    def pass_on(self, start: bytes, body: bytes, length: int) -> None:
        """The same, of a head that is made but for its framing."""
        self.started = True
        head, connection = self._head, self._connection
        self.keep_alive = not connection.closing and head.wants_keep_alive
        if not self.keep_alive:
            start += b"connection: close\r\n"
        elif head.version == 10:
            start += b"connection: keep-alive\r\n"
        if length >= 0:
            connection.write(b"%bcontent-length: %d\r\n\r\n%b" % (start, length, body))
        else:
            connection.write(start + b"\r\n" + body)

    def ended(self) -> None:
        """The request that was served at once is over."""
        self.serving = None
        self._connection.served_at_once(self)

    def go_on(self) -> None:
        """The request that was begun at once is the task's from here on."""
        self._connection.hand_over(self)

    async def start(self, status: int, reason: bytes, headers: Headers, length: int) -> None:
        """The head; HTTP/1.0 is told the end of an unknown length by closing."""
        self.started = True
        if length == CHUNKED and self._head.version == 11:
            self._chunked = True
            headers.append((b"transfer-encoding", b"chunked"))
        elif length >= 0:
            headers.append((b"content-length", b"%d" % length))
        self._settle(headers, may_continue=length >= 0 or self._chunked)
        self._connection.write(serialise_head(status, reason, headers))

    async def send(self, piece: bytes) -> None:
        """A piece of the body."""
        if self._connection.closed:
            raise ClientGone
        self._connection.write(chunk(piece) if self._chunked else piece)
        if self._connection.is_congested:
            await self.drain()

    async def finish(self, trailers: Headers) -> None:
        """The end of the body."""
        if self._chunked:
            self._connection.write(last_chunk(trailers))

    async def switch(self, headers: Headers, on_drain: Callable[[], None]) -> Stream:
        """101, after which this connection carries no HTTP any more."""
        if self._connection.has_unread:
            raise malformed("data was sent before the protocol was switched")
        self.started = True
        fields = [*headers, (b"connection", b"Upgrade"), (b"upgrade", b"websocket")]
        self._connection.write(serialise_head(101, b"Switching Protocols", fields))
        self._connection.on_finish_up = on_drain
        if self._connection.closing:
            self._connection.loop.call_soon(on_drain)
        return self._connection

    def abort(self) -> None:
        """Resets the connection."""
        self.keep_alive = False
        self._connection.reset()

    async def drain(self) -> None:
        """Waits until the client takes what was written; one that does not is cut off. Raises `ClientGone`."""
        connection = self._connection
        connection.deadline = connection.loop.time() + connection.options.body_timeout_seconds
        try:
            await connection.drain()
        except (StreamClosed, StreamTimeout):
            connection.reset()
            raise ClientGone from None
        finally:
            connection.deadline = NEVER

    def _settle(self, headers: Headers, *, may_continue: bool = True) -> None:
        """Decides whether the connection goes on after this answer and says so in `Connection`."""
        head, connection = self._head, self._connection
        if not self._body.done and not self._expects_continue:
            try:
                connection.take(self._body)
            except MalformedMessage:
                may_continue = False
        told_to_close = bool(headers) and headers[-1] == (b"connection", b"close")
        self.keep_alive = (
            may_continue and self._body.done and not connection.closing and not told_to_close and head.wants_keep_alive
        )
        if not self.keep_alive and not told_to_close:
            headers.append((b"connection", b"close"))
        elif self.keep_alive and head.version == 10:
            headers.append((b"connection", b"keep-alive"))


def refusal(error: GatewayError, headers: Headers, phrase: bytes, body: bytes, *, is_head: bool) -> bytes:
    """The bytes that answer something that was no request; no body follows where HEAD can be made out."""
    fields = [*headers, (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    return serialise_head(error.status, phrase, fields) + (b"" if is_head else body)
