"""WebSocket pass-through: the handshake goes the way of any request, then bytes flow both ways (RFC 6455, G-407).

The gateway switches only after the upstream has (edge rule F15): a client's bytes sent before the 101 are refused, and
an answer that says 101 without accepting the client's key is no answer. Frames are passed on as they are, so masks,
fragments, close codes and extensions stay what both ends agreed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib

from proxy.exchange import Exchange
from proxy.http1.body import UntilCloseBody
from proxy.http1.errors import IncompleteMessage, MalformedMessage
from proxy.http1.fields import Headers
from proxy.http1.response_head import ResponseHead
from proxy.request import Request
from proxy.transport.stream import StreamClosed, StreamTimeout
from proxy.transport.upstream import UpstreamConnection

SWITCHING_PROTOCOLS = 101
HANDSHAKE_LINES = b"connection: Upgrade\r\nupgrade: websocket\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 section 1.3."""


def check_accepted(request: Request, head: ResponseHead) -> None:
    """Raises `MalformedMessage` unless the 101 answers this very handshake (RFC 6455 section 4.1)."""
    key = request.fields.get(b"sec-websocket-key", b"")
    wanted = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    upgrade = head.fields.get(b"upgrade", b"").lower()
    if upgrade != b"websocket" or head.fields.get(b"sec-websocket-accept") != wanted:
        raise MalformedMessage("the upstream switched protocols without accepting the WebSocket handshake")


class Tunnel:
    """Two streams joined until one of them ends, or neither says anything for the idle time."""

    def __init__(self, exchange: Exchange, upstream: UpstreamConnection) -> None:
        self._exchange = exchange
        self._upstream = upstream
        self._now = exchange.runtime.now
        self._idle_seconds = exchange.runtime.options.tunnel_idle_seconds
        self._last = self._now()

    async def run(self, headers: Headers) -> None:
        """Sends the 101 and carries bytes; returns when it is over, and raises what cancelled it."""
        await self._exchange.downstream.switch(headers)
        going_up = self._upstream.loop.create_task(self._carry_up())
        try:
            await self._carry_down()
        finally:
            going_up.cancel()
            await asyncio.wait((going_up,))

    async def _carry_down(self) -> None:
        body, exchange = UntilCloseBody(), self._exchange
        while True:
            self._upstream.deadline = self._last + self._idle_seconds
            try:
                piece = await self._upstream.read(body)
            except StreamTimeout:
                if self._now() - self._last < self._idle_seconds:
                    continue  # the other direction was busy meanwhile
                return
            except (IncompleteMessage, StreamClosed):
                return
            if not piece:
                return
            self._last = self._now()
            exchange.bytes_out += len(piece)
            await exchange.downstream.send(piece)

    async def _carry_up(self) -> None:
        """A client that leaves cancels the exchange, so this has no end of its own to report."""
        upstream = self._upstream
        try:
            while piece := await self._exchange.downstream.receive():
                self._last = self._now()
                upstream.write(piece)
                while upstream.is_congested:
                    await self._drain()
        except (IncompleteMessage, StreamClosed, StreamTimeout):
            pass
        upstream.close()

    async def _drain(self) -> None:
        """The deadline is that of both directions, so it may pass although this one goes on."""
        try:
            await self._upstream.drain()
        except StreamTimeout:
            if self._now() - self._last >= self._idle_seconds:
                raise
        else:
            self._last = self._now()
