"""The way to Redis: opened at the start, given up at the first silence, tried again in the background.

While it is down nobody waits for it: `connection` is None, and only this module tries to get it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from proxy.limiting import redis_script
from proxy.state.redis_address import RedisAddress
from proxy.state.redis_connection import RedisConnection, RedisLost

RETRY_SECONDS = 1.0
OPEN_SECONDS = 1.0
"""How long opening, logging in and a first script may take altogether."""

logger = logging.getLogger("gateway.state")


class RedisLink:
    """`connection` to the server, or None while there is none. One line tells of a loss, one of the return."""

    def __init__(self, address: RedisAddress, silence: float = 0.08) -> None:
        """`silence` is the seconds without any answer after which the server counts as lost."""
        self.connection: RedisConnection | None = None
        self.fallbacks = 0
        """Requests that were judged without Redis."""
        self._address = address
        self._silence = silence
        self._is_lost = False
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()

    async def start(self) -> None:
        """Tries to connect, `OPEN_SECONDS` at most; afterwards it goes on by itself."""
        await self._try()
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            if self.connection is not None:
                self._lost.clear()
                await self._lost.wait()
            await asyncio.sleep(RETRY_SECONDS)
            await self._try()

    async def _try(self) -> None:
        opened: RedisConnection | None = None
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                opened = await self._open()
                await self._greet(opened)
        except (OSError, TimeoutError, UnicodeError, RedisLost) as problem:
            if opened is not None:
                opened.lose("given up")
            self._note_loss(str(problem) or type(problem).__name__)
            return
        self.connection = opened
        if self._is_lost:
            self._is_lost = False
            logger.warning("the Redis server at %s counts the limits again", self._address)

    async def _open(self) -> RedisConnection:
        loop, address = asyncio.get_running_loop(), self._address
        if address.path:
            return (await loop.create_unix_connection(self._make, address.path))[1]
        return (await loop.create_connection(self._make, address.host, address.port, ssl=address.tls_context()))[1]

    def _make(self) -> RedisConnection:
        return RedisConnection(self._on_lost, self._silence)

    async def _greet(self, connection: RedisConnection) -> None:
        """Logs in, loads the script and runs it once: a server that cannot write is of no use."""
        address = self._address
        if address.password:
            account = [word.encode() for word in (address.user, address.password) if word]
            await connection.ask(redis_script.command(b"AUTH", *account))
        if address.database:
            await connection.ask(redis_script.command(b"SELECT", b"%d" % address.database))
        await connection.ask(redis_script.command(b"SCRIPT", b"LOAD", redis_script.SCRIPT.encode()))
        await connection.ask(redis_script.PROBE)

    def _on_lost(self, connection: RedisConnection, reason: str) -> None:
        if connection is self.connection:
            self.connection = None
            self._lost.set()
            self._note_loss(reason)

    def _note_loss(self, reason: str) -> None:
        if not self._is_lost:
            self._is_lost = True
            logger.warning("the Redis server at %s does not count the limits: %s", self._address, reason)

    async def close(self) -> None:
        """Ends the attempts and the connection."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self.connection is not None:
            connection, self.connection = self.connection, None
            connection.lose("closing")
