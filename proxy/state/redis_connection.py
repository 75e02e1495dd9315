"""One connection to Redis that many requests share: what is asked in one turn of the event loop goes out in one write.

Redis answers in the order it was asked, so a queue of futures is all the bookkeeping there is. A server that is asked
much answers late but goes on answering; only silence tells that it hangs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis

GRACE_SECONDS = 0.01
"""More time once that is over: answers may lie unread while this process was busy itself."""

_INCOMPLETE = object()


class RedisLost(Exception):
    """No answer in time, a broken connection, or an answer that is an error."""


class RedisConnection(asyncio.Protocol):
    """`ask` from any task of the loop. It breaks at the first silence of that many seconds, and `on_lost` is told."""

    def __init__(self, on_lost: Callable[[RedisConnection, str], None], silence: float) -> None:
        self._on_lost = on_lost
        self._silence = silence
        self._heard = 0.0
        """When it last answered, or was asked while it owed nothing."""
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(notEnoughData=_INCOMPLETE)
        self._transport: asyncio.WriteTransport | None = None
        self._outbox: list[bytes] = []
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._reason = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """The answer to an encoded command. Fails with `RedisLost`."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        if self._reason:
            answer.set_exception(RedisLost(self._reason))
            return answer
        if not self._outbox:
            self._loop.call_soon(self._flush)
        if not self._waiting:
            self._heard = self._loop.time()
        self._outbox.append(command)
        self._waiting.append(answer)
        if self._watch is None:
            self._watch = self._loop.call_later(self._silence, self._look)
        return answer

    def _flush(self) -> None:
        if self._transport is not None and not self._reason:
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _INCOMPLETE:
                self._take(reply)
        except (hiredis.ProtocolError, IndexError):
            self.lose("it does not speak the Redis protocol")

    def _take(self, reply: Any) -> None:
        answer = self._waiting.popleft()
        if isinstance(reply, hiredis.ReplyError):
            _fail(answer, str(reply))
            self.lose(str(reply))
        elif not answer.done():  # a client may have left meanwhile
            answer.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lose(str(exc) if exc else "the connection was closed")

    def _look(self) -> None:
        """Whether it has been silent too long; else looks again when it would have been."""
        self._watch = None
        if self._waiting:
            left = self._heard + self._silence - self._loop.time()
            if left > 0:
                self._watch = self._loop.call_later(left, self._look)
            else:
                self._watch = self._loop.call_later(GRACE_SECONDS, self._give_up, self._heard)

    def _give_up(self, heard: float) -> None:
        self._watch = None
        if self._waiting and self._heard == heard:
            self.lose(f"no answer within {self._silence * 1000:.0f} ms")
        else:
            self._look()

    def lose(self, reason: str) -> None:
        """Breaks the connection; who still waits is told why."""
        if self._reason:
            return
        self._reason = reason
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            _fail(self._waiting.popleft(), reason)
        self._on_lost(self, reason)


def _fail(answer: asyncio.Future[Any], reason: str) -> None:
    if not answer.done():
        answer.set_exception(RedisLost(reason))
