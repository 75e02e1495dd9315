"""The stream of one who watches, as server-sent events (WHATWG HTML, section 9.2).

| event     | data |
|-----------|------|
| `request` | a record, with the fields of the access log |
| `skipped` | how many requests were left out here, as a number |
| `end`     | `code` and `msg`: why the stream ends |

A comment every ten seconds of silence keeps the connection.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from gateway_project.rest.codes import Code, code_of
from gateway_project.rest.errors import ApiError
from gateway_project.traffic.sight import watched_now
from proxy.traffic.feed import Feed, Watcher

CHECK_SECONDS = 2.0
"""How soon who may no longer watch, or no longer see a service, does so no longer."""
SILENCE_SECONDS = 10.0
WATCHING = b": watching\n\n"
OVER = _("The time is over.")
STOPPED = _("The node stops, or its records were not read.")


class Stream:
    """One answer."""

    def __init__(self, request: Request, feed: Feed, watcher: Watcher, seconds: float) -> None:
        self._request = request
        self._feed = feed
        self._watcher = watcher
        self._ends = time.monotonic() + seconds
        self._spoke = time.monotonic()
        self._language = get_language()

    async def events(self) -> AsyncIterator[bytes]:
        """Until the time is over, the node stops, or who watches may no longer."""
        try:
            yield WATCHING
            while not self._watcher.has_ended and time.monotonic() < self._ends:
                async for event in self._for_a_while(min(time.monotonic() + CHECK_SECONDS, self._ends)):
                    yield event
                try:
                    self._watcher.narrow(await sync_to_async(watched_now)(self._request))
                except (ApiError, APIException) as error:
                    yield self._end(*_told(error))
                    return
            yield self._end(*((Code.NO_INSTANCE, STOPPED) if self._watcher.has_ended else (Code.OK, OVER)))
        finally:
            self.close()

    def close(self) -> None:
        """Watches no more."""
        self._feed.close(self._watcher)

    async def _for_a_while(self, ends: float) -> AsyncIterator[bytes]:
        while not self._watcher.has_ended and (now := time.monotonic()) < ends:
            records, skipped = await self._watcher.next(ends - now)
            self._feed.touch(self._watcher)
            for record in records:
                yield b"event: request\ndata: %b\n\n" % record
            if skipped:
                yield b"event: skipped\ndata: %d\n\n" % skipped
            if records or skipped:
                self._spoke = now
            elif now - self._spoke >= SILENCE_SECONDS:
                self._spoke = now
                yield WATCHING

    def _end(self, code: str, message: Any) -> bytes:
        with override(self._language):
            document = json.dumps({"code": str(code), "msg": str(message)}, ensure_ascii=False)
        return b"event: end\ndata: %b\n\n" % document.encode()


def _told(error: ApiError | APIException) -> tuple[str, Any]:
    """Code and message, as the answer to a call would have them."""
    if isinstance(error, ApiError):
        return error.code, error.message
    return code_of(error.status_code), error.detail
