"""The connections to one instance: kept alive, bounded, waited for in order.

`acquire` hands out the most recently used idle connection, which is the one least likely to have been closed by the
other side. When all are in use and the bound is reached, callers queue; a queue that is full answers at once.
Cancelling a caller at any point neither loses a connection nor a place: the hand-over to a waiter that has been
cancelled passes on to the next.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass

from proxy.transport.deadlines import Deadlines
from proxy.transport.target_guard import TargetGuard
from proxy.transport.turns import Turns
from proxy.transport.upstream import UpstreamConnection


class PoolExhausted(Exception):
    """All connections are in use and the queue is full, or the wait for one took too long."""


class ConnectFailed(Exception):
    """No connection could be opened; `timed_out` tells a silent address from one that refused."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where to connect and how; equal endpoints share a pool."""

    host: str
    port: int
    authority: bytes = b""
    """What the Host field says of it (RFC 9110 section 7.2)."""
    unix_path: str = ""
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    connect_timeout: float = 5.0

    @property
    def verified_name(self) -> str | None:
        """Sent as SNI and looked for in the certificate; None without TLS."""
        return (self.server_name or self.host) if self.tls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """Bounds of one pool: open connections, callers waiting, seconds a connection may lie idle."""

    connections: int
    queue: int
    idle_seconds: float


class Pool:
    """The connections of one worker to one instance."""

    def __init__(
        self,
        endpoint: Endpoint,
        limits: PoolLimits,
        deadlines: Deadlines,
        guard: TargetGuard,
        turns: Turns | None = None,
    ) -> None:
        """`turns` is shared by all pools of a worker."""
        self.endpoint = endpoint
        self._limits = limits
        self._deadlines = deadlines
        self._guard = guard
        self._turns = turns or Turns()
        self._idle: list[UpstreamConnection] = []
        self._waiting: deque[asyncio.Future[UpstreamConnection | None]] = deque()
        self._closed = False
        self.in_use = 0
        """Connections handed out or being opened."""
        self.detached: set[UpstreamConnection] = set()
        """Connections that became tunnels and take no place here any more."""

    @property
    def open(self) -> int:
        """Connections that exist, idle or not."""
        return self.in_use + len(self._idle)

    @property
    def waiting(self) -> int:
        """Callers in the queue."""
        return len(self._waiting)

    def take_idle(self) -> UpstreamConnection | None:
        """An idle connection at once, or None; the path of nearly every request under load."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_ready():
                self.in_use += 1
                connection.idle = False
                return connection
            connection.abort()
        return None

    async def acquire(self, timeout: float, *, fresh: bool = False) -> UpstreamConnection:
        """A connection within `timeout` seconds; `fresh` asks for a newly opened one.

        Raises `PoolExhausted` or `ConnectFailed`.
        """
        if not fresh and (connection := self.take_idle()) is not None:
            return connection
        now = asyncio.get_running_loop().time
        deadline = now() + timeout
        if self.open >= self._limits.connections and self._idle:
            self._idle.pop(0).close()
        if self.open >= self._limits.connections:
            waited = await self._wait(timeout)
            if waited is not None and waited.is_ready():
                return waited
            if waited is not None:
                waited.abort()  # it ended while it was handed over; its place is ours
        else:
            self.in_use += 1
        try:
            await self._turns.take(self)
            return await self._connect(min(deadline - now(), self.endpoint.connect_timeout))
        except BaseException:
            self._give_up_place()
            raise

    async def _wait(self, timeout: float) -> UpstreamConnection | None:
        """A connection handed over, or None for the right to open one (already counted in `in_use`)."""
        if len(self._waiting) >= self._limits.queue:
            raise PoolExhausted("every connection is in use and the queue is full")
        place: asyncio.Future[UpstreamConnection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(timeout):
                return await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._pass_on(place.result())
            elif place in self._waiting:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise PoolExhausted("no connection became free in time") from None
            raise

    def _pass_on(self, connection: UpstreamConnection | None) -> None:
        if connection is None:
            self._give_up_place()
        else:
            self.release(connection, reusable=True)

    async def _connect(self, timeout: float) -> UpstreamConnection:
        try:
            async with asyncio.timeout(timeout):
                connection = await self._open()
        except TimeoutError:
            raise ConnectFailed("the connection was not accepted in time", timed_out=True) from None
        except (OSError, ssl.SSLError, UnicodeError) as error:
            raise ConnectFailed(str(error)) from None
        if connection.closed:
            raise ConnectFailed("closed by the other side as soon as it was open")
        connection.on_lost = self._lost
        self._deadlines.watch(connection)
        return connection

    async def _open(self) -> UpstreamConnection:
        """A connection to the first address of the endpoint that takes one, of those that may be connected to."""
        loop = asyncio.get_running_loop()
        endpoint = self.endpoint
        if endpoint.unix_path:
            return (await loop.create_unix_connection(UpstreamConnection, endpoint.unix_path))[1]
        *others, last = await self._guard.addresses(endpoint.host, endpoint.port)
        for address in others:
            try:
                return await self._open_to(address)
            except ssl.SSLError:
                raise
            except OSError:  # also "no route" and "address not available": IPv6 where there is none
                continue
        return await self._open_to(last)

    async def _open_to(self, address: str) -> UpstreamConnection:
        loop, endpoint = asyncio.get_running_loop(), self.endpoint
        made = loop.create_connection(
            UpstreamConnection, address, endpoint.port, ssl=endpoint.tls, server_hostname=endpoint.verified_name
        )
        return (await made)[1]

    def detach(self, connection: UpstreamConnection) -> None:
        """Gives up the place of a connection that is kept for long: a thousand tunnels must not stop requests."""
        self.detached.add(connection)
        self._give_up_place()

    def release(self, connection: UpstreamConnection, *, reusable: bool) -> None:
        """Gives a connection back; one that is not `reusable`, or has said something unasked, is closed."""
        if connection in self.detached:
            self.detached.discard(connection)
            connection.abort()
            return
        if not reusable or self._closed or not connection.is_ready():
            connection.abort()
            self._give_up_place()
            return
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(connection)
                return
        self.in_use -= 1
        connection.idle = True
        connection.deadline = connection.loop.time() + self._limits.idle_seconds
        self._idle.append(connection)

    def _give_up_place(self) -> None:
        """One connection fewer: whoever waits longest may open one instead."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.in_use -= 1

    def _lost(self, connection: UpstreamConnection) -> None:
        self._deadlines.forget(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def close(self) -> None:
        """Closes what is idle; connections in use are closed when they come back."""
        self._closed = True
        for connection in self._idle:
            connection.close()
        self._idle.clear()
