"""One connection to one instance: write a request, read its response, be used again."""

from __future__ import annotations

import asyncio
from typing import Protocol

from proxy.http1.body import Body, body_of
from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import response_length
from proxy.http1.response_head import ResponseHead, parse_response_head
from proxy.transport.socket_buffers import bound_received, bound_unsent
from proxy.transport.stream import Stream

MAX_INFORMATIONAL = 16
"""Interim responses accepted before the final one; more is an upstream gone wrong."""

REMEMBERED_BYTES = 2048
"""A longer head of an answer is read anew each time."""


class Answering(Protocol):
    """Passes an answer on where its bytes arrive."""

    def arrived(self, data: bytes) -> None:
        """The first bytes."""

    def broken(self) -> None:
        """None will come: the connection was lost, or its deadline has passed."""


class UpstreamConnection(Stream):
    """A pooled connection; `uses` counts the requests it has carried."""

    __slots__ = ("_last_block", "_last_head", "answering", "idle", "on_lost", "uses")

    def __init__(self) -> None:
        super().__init__()
        self._last_block = b""
        self._last_head: ResponseHead | None = None
        self.idle = False
        self.uses = 0
        self.answering: Answering | None = None
        """Takes the first bytes that come, instead of a reader that waits for them."""
        self.on_lost = _nothing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is open, and so much of an answer may wait for a slow client."""
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        bound_unsent(sock)
        bound_received(sock)

    def connection_lost(self, error: Exception | None) -> None:
        """Also tells the pool, which may hold this connection as idle."""
        super().connection_lost(error)
        self.on_lost(self)
        if self.answering is not None:
            self.answering.broken()

    def data_received(self, data: bytes) -> None:
        """To whoever passes the answer on at once, or to the reader."""
        if self.answering is not None:
            self.answering.arrived(data)
        else:
            Stream.data_received(self, data)

    def give_back(self, data: bytes) -> None:
        """Bytes that somebody has to read after all."""
        Stream.data_received(self, data)

    def expire(self) -> None:
        """The deadline passed: a connection that lies idle has done so for long enough."""
        if self.answering is not None:
            self.answering.broken()
        if self.idle:
            self.close()
        else:
            super().expire()

    def is_ready(self) -> bool:
        """Whether another request may be written (edge rule F12).

        Bytes nobody asked for would be taken for its answer; while the upstream is made to wait, its socket may hold
        some.
        """
        return not (self._buffer or self._reading_paused or self.closed or self.transport.is_closing())

    def parsed(self, block: bytes, max_fields: int) -> ResponseHead:
        """The head in `block`: the last one, if it is the same again. Raises `MalformedMessage`."""
        if self._last_head is not None and block == self._last_block:
            return self._last_head
        head = parse_response_head(block, max_fields=max_fields)
        if len(block) <= REMEMBERED_BYTES:
            self._last_block, self._last_head = block, head
        return head

    @staticmethod
    def body_of(head: ResponseHead, method: str) -> tuple[int, Body]:
        """The length and reader of the body that follows `head`; raises `MalformedMessage`."""
        if head.status == 101:
            raise MalformedMessage("the upstream switched protocols unasked")
        length = response_length(head.status, head.fields, head.version, method)
        return length, body_of(length)


def _nothing(connection: UpstreamConnection) -> None:
    """The pool has not taken the connection yet."""
