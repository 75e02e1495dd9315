"""Copies of requests for another service: sent beside the request, never waited for, their answers read and dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from proxy.http1.errors import MalformedMessage
from proxy.http1.response_head import parse_response_head
from proxy.metering.meters import Meters
from proxy.transport.pool import ConnectFailed, Pool, PoolExhausted
from proxy.transport.stream import StreamClosed, StreamTimeout
from proxy.transport.upstream import MAX_INFORMATIONAL, UpstreamConnection

AT_ONCE = 64
"""Copies that one worker has under way; further ones are dropped, so that a slow mirror costs no more than this."""

MAX_HEADER_BYTES = 64 * 1024
MAX_HEADER_COUNT = 100

_FAILURES = (ConnectFailed, PoolExhausted, StreamClosed, StreamTimeout, MalformedMessage, TimeoutError, OSError)


class Mirrors:
    """The copies of one worker; its counters are `mirrors_sent`, `mirrors_dropped` and `mirrors_failed`."""

    def __init__(self, meters: Meters, at_once: int = AT_ONCE) -> None:
        self._meters = meters
        self._at_once = at_once
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        """Whether another copy may be begun."""
        return len(self._tasks) < self._at_once

    @property
    def under_way(self) -> int:
        """Copies that have not come to their end."""
        return len(self._tasks)

    def drop(self) -> None:
        """A copy that is not sent: too large, too many, or nobody to send it to."""
        self._meters.count("mirrors_dropped")

    def begin(self, pool: Pool, method: str, message: bytes, timeout: float) -> None:
        """Sends `message`, a whole request, and gives it `timeout` seconds in all."""
        if self.has_room:
            self._keep(self._send(pool, method, message, timeout))
        else:
            self.drop()

    def _keep(self, copy: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(copy)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, pool: Pool, method: str, message: bytes, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await _exchange(await pool.acquire(timeout), pool, method, message, timeout)
        except _FAILURES:
            self._meters.count("mirrors_failed")
        else:
            self._meters.count("mirrors_sent")

    def close(self) -> None:
        """Ends what is under way."""
        for task in self._tasks:
            task.cancel()


async def _exchange(connection: UpstreamConnection, pool: Pool, method: str, message: bytes, timeout: float) -> None:
    reusable = False
    try:
        connection.deadline = connection.loop.time() + timeout
        connection.uses += 1
        connection.write(message)
        if connection.is_congested:
            await connection.drain()
        reusable = await _discard_answer(connection, method)
    finally:
        pool.release(connection, reusable=reusable)


async def _discard_answer(connection: UpstreamConnection, method: str) -> bool:
    """Reads the answer to its end; returns whether the connection can be used again."""
    for _ in range(MAX_INFORMATIONAL):
        block = await connection.read_head(MAX_HEADER_BYTES)
        head = parse_response_head(block, max_fields=MAX_HEADER_COUNT)
        if head.status >= 200 or head.status == 101:
            break
    else:
        raise MalformedMessage("too many interim responses")
    _length, body = connection.body_of(head, method)
    while not body.done:
        await connection.read(body)
    return head.keeps_alive
