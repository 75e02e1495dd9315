"""One connection to one instance: write a request, read its response, be used again."""

from __future__ import annotations

from proxy.http1.body import Body, body_of
from proxy.http1.errors import MalformedMessage
from proxy.http1.framing import response_length
from proxy.http1.response_head import ResponseHead
from proxy.transport.stream import Stream

MAX_INFORMATIONAL = 16
"""Interim responses accepted before the final one; more is an upstream gone wrong."""


class UpstreamConnection(Stream):
    """A pooled connection; `uses` counts the requests it has carried."""

    __slots__ = ("idle", "on_lost", "uses")

    def __init__(self) -> None:
        super().__init__()
        self.idle = False
        self.uses = 0
        self.on_lost = _nothing

    def connection_lost(self, error: Exception | None) -> None:
        """Also tells the pool, which may hold this connection as idle."""
        super().connection_lost(error)
        self.on_lost(self)

    def expire(self) -> None:
        """The deadline passed: a connection that lies idle has done so for long enough."""
        if self.idle:
            self.close()
        super().expire()

    def is_ready(self) -> bool:
        """Whether another request may be written (edge rule F12).

        Bytes nobody asked for would be taken for its answer; while the upstream is made to wait, its socket may hold
        some.
        """
        return not (self._buffer or self._reading_paused or self.closed or self.transport.is_closing())

    @staticmethod
    def body_of(head: ResponseHead, method: str) -> tuple[int, Body]:
        """The length and reader of the body that follows `head`; raises `MalformedMessage`."""
        if head.status == 101:
            raise MalformedMessage("the upstream switched protocols unasked")
        length = response_length(head.status, head.fields, head.version, method)
        return length, body_of(length)


def _nothing(connection: UpstreamConnection) -> None:
    """The pool has not taken the connection yet."""
