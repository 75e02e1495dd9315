"""An answer that a stage gives by itself: a redirect, a preflight, something from a cache."""

from __future__ import annotations

from http import HTTPStatus

from proxy.http1.fields import Headers
from proxy.http1.framing import NO_LENGTH


class Reply(Exception):
    """Raised by a stage to end the request with this answer; `headers` have lower-case names and no framing.

    `length` is what Content-Length says where that is not the length of `body` (HEAD, 304); a status that has no body
    has none. `outcome` is the access record's word for it; `reason` may be left out for a status that is registered.
    """

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes = b"",
        *,
        length: int | None = None,
        outcome: str = "ok",
        reason: bytes = b"",
    ) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body
        self.outcome = outcome
        self.reason = reason or HTTPStatus(status).phrase.encode()
        self.length = len(body) if length is None else length
        if status == 204:
            self.length = NO_LENGTH
