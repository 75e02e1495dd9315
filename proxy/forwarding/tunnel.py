"""A WebSocket after its handshake: two byte streams joined, frames passed on as they are (G-407, edge rules W, T5, T8).

The gateway says something of its own only to end a connection that the peers would have gone on with: a Close to both,
each at the next boundary between two frames, then a short time for their own Close, then the end.

| why | code | how long it waits for the boundaries |
|---|---|---|
| the worker stops, or hands over to a new one | 1001 | `drain_seconds` |
| neither side said anything for `tunnel_idle_seconds` | 1001 | `CLOSING_SECONDS` |
| the caller's token has expired, or his token or credential was taken back | 1008 | `CLOSING_SECONDS` |
| a message is longer than `websocket_max_message_bytes` | 1009 | `CLOSING_SECONDS` |

A peer that ends without a Close is passed on as that.
"""

from __future__ import annotations

import asyncio
import os
import time

from proxy.exchange import Exchange
from proxy.forwarding.websocket_frames import (
    GOING_AWAY,
    MESSAGE_TOO_BIG,
    NO_LIMIT,
    POLICY_VIOLATION,
    FrameTracker,
    close_frame,
)
from proxy.http1.body import UntilCloseBody
from proxy.http1.errors import IncompleteMessage
from proxy.http1.fields import Headers
from proxy.transport.deadlines import NEVER
from proxy.transport.stream import Stream, StreamClosed, StreamTimeout

CLOSING_SECONDS = 5.0
REPLY_SECONDS = 2.0
"""How long the peers may take to answer a Close."""
FLUSH_SECONDS = 1.0
"""How long an upstream may take for what its client said before it left."""


class Way:
    """One direction; `told` means that a Close has gone to the sink, after which nothing may follow."""

    __slots__ = ("frames", "is_up", "sink", "source", "told")

    def __init__(self, source: Stream, sink: Stream, limit: float, *, is_up: bool) -> None:
        self.source = source
        self.sink = sink
        self.frames = FrameTracker(limit)
        self.is_up = is_up
        self.told = False


class Tunnel:
    """Joins the client's stream and the upstream's until one of them ends, or the gateway ends both."""

    def __init__(self, exchange: Exchange, upstream: Stream) -> None:
        options = exchange.runtime.options
        self._exchange = exchange
        self._upstream = upstream
        self._now = exchange.runtime.now
        self._idle_seconds = options.tunnel_idle_seconds
        self._last = self._now()
        self._expires_at = NEVER
        if options.websocket_ends_with_token and exchange.principal is not None:
            self._expires_at = exchange.principal.identity.expires_at
        self._ways: tuple[Way, ...] = ()
        self._close_code = 0
        self._gives_up_at = NEVER

    async def run(self, headers: Headers) -> None:
        """Sends the 101 and carries bytes; returns when it is over, and raises what cancelled it."""
        limit = self._exchange.runtime.options.websocket_max_message_bytes
        client = await self._exchange.downstream.switch(headers, self._go_away)
        up = Way(client, self._upstream, NO_LIMIT if limit is None else limit, is_up=True)
        down = Way(self._upstream, client, NO_LIMIT if limit is None else limit, is_up=False)
        self._ways = (up, down)
        self._remember()
        going_up = self._upstream.loop.create_task(self._carry(up))
        try:
            self._mind_the_time()
            await self._carry(down)
        finally:
            self._exchange.runtime.tunnels.discard(self)
            going_up.cancel()
            await asyncio.wait((going_up,))
            client.deadline = NEVER
            if client.closed:
                await self._flush(up)

    async def _carry(self, way: Way) -> None:
        """Until the source ends, the sink is gone, or it is over. A client that leaves cancels the whole exchange."""
        body = UntilCloseBody()
        try:
            while not self._is_over:
                try:
                    piece = await way.source.read(body)
                except StreamTimeout:
                    self._mind_the_time()
                    continue
                if not piece:
                    break
                self._pass_on(way, piece)
                while way.sink.is_congested and not self._is_over:
                    await self._drain(way.sink)
        except (IncompleteMessage, StreamClosed):
            pass
        if way.is_up:
            self._upstream.close()

    def _pass_on(self, way: Way, piece: bytes) -> None:
        self._last = self._now()
        if way.is_up:
            self._exchange.bytes_in += len(piece)
        else:
            self._exchange.bytes_out += len(piece)
        if self._close_code:
            piece = self._finish_frame(way, piece)
        passed = way.frames.feed(piece)
        if way.told:
            return
        way.sink.write(passed)
        if way.frames.too_big:
            self._close(MESSAGE_TOO_BIG, CLOSING_SECONDS)

    async def _drain(self, sink: Stream) -> None:
        """The deadline is that of both directions, so it may pass although this one goes on."""
        waiting = sink.transport.get_write_buffer_size()
        try:
            await sink.drain()
        except StreamTimeout:
            if sink.transport.get_write_buffer_size() < waiting:
                self._last = self._now()
            self._mind_the_time()
        else:
            self._last = self._now()

    def _remember(self) -> None:
        """Has the caller judged again when it changes who may be believed."""
        runtime, principal, request = self._exchange.runtime, self._exchange.principal, self._exchange.request
        if principal is None or request is None or not runtime.options.websocket_ends_with_token:
            return
        authorization = request.fields.get(b"authorization", b"")
        runtime.tunnels.add(self, principal, authorization, runtime.snapshot.parts)

    # The end.

    def withdraw(self) -> None:
        """What the caller showed was taken back."""
        self._close(POLICY_VIOLATION, CLOSING_SECONDS)

    def _go_away(self) -> None:
        self._close(GOING_AWAY, self._exchange.runtime.options.drain_seconds)

    def _close(self, code: int, patience: float) -> None:
        """Begins the end, once: who is between two frames is told now, who is inside one when it is over."""
        if self._close_code:
            return
        self._close_code = code
        self._gives_up_at = self._now() + patience
        for way in self._ways:
            if way.frames.too_big or not way.frames.left:
                self._tell(way)
        self._set_deadlines()

    def _finish_frame(self, way: Way, piece: bytes) -> bytes:
        """Passes on the rest of the frame that had begun when the end did; what follows it is no longer passed on."""
        if not way.told and len(piece) >= (left := way.frames.left):
            way.sink.write(way.frames.feed(piece[:left]))
            self._tell(way)
            return piece[left:]
        return piece

    def _tell(self, way: Way) -> None:
        way.told = True
        if not way.frames.closed or way.frames.too_big:
            way.sink.write(close_frame(self._close_code, mask=os.urandom(4) if way.is_up else b""))
        if all(other.told for other in self._ways):
            self._gives_up_at = min(self._gives_up_at, self._now() + REPLY_SECONDS)
            self._set_deadlines()

    @property
    def _is_over(self) -> bool:
        """Whether the gateway's own end is complete, or its time is."""
        if not self._close_code:
            return False
        return self._now() >= self._gives_up_at or all(way.told and way.frames.closed for way in self._ways)

    def _mind_the_time(self) -> None:
        """A deadline has passed, perhaps one that was put off meanwhile."""
        if time.time() >= self._expires_at:
            self._close(POLICY_VIOLATION, CLOSING_SECONDS)
        elif self._now() >= self._last + self._idle_seconds:
            self._close(GOING_AWAY, CLOSING_SECONDS)
        self._set_deadlines()

    def _set_deadlines(self) -> None:
        if self._close_code:
            deadline = self._gives_up_at
        else:
            deadline = min(self._last + self._idle_seconds, self._now() + self._expires_at - time.time())
        for way in self._ways:
            way.source.deadline = deadline

    async def _flush(self, up: Way) -> None:
        """What the client said before it left still reaches the upstream, if that takes it soon."""
        if rest := up.source.take(UntilCloseBody()):
            self._pass_on(up, rest)
        up.sink.close()
        up.sink.deadline = self._now() + FLUSH_SECONDS
        try:
            while await up.sink.read(UntilCloseBody()):
                pass
        except (IncompleteMessage, StreamClosed, StreamTimeout):
            pass
