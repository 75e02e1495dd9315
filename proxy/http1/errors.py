"""What can be wrong with a message, and the status that says so."""

from __future__ import annotations


class MalformedMessage(Exception):
    """A message that breaks RFC 9110 or RFC 9112.

    `status` is what a server answers when the message is a request; a malformed response is always the upstream's
    fault and ends as 502 whatever this says.
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class IncompleteMessage(MalformedMessage):
    """The peer closed before the message was whole (RFC 9112 section 8)."""
