"""The listening side: accepts connections, counts them, stops in an orderly way."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from proxy.downstream import Downstream
from proxy.edge.client_exchange import ClientExchange, refusal
from proxy.edge.connection import ClientConnection, Surface
from proxy.error_response import error_response
from proxy.errors import GatewayError, no_instance, too_many_connections
from proxy.http1.request_head import RequestHead
from proxy.limiting.address import client_network
from proxy.pipeline import Serving, serve
from proxy.runtime import GatewayRuntime
from proxy.transport.socket_buffers import bound_unsent

BACKLOG = 2048
"""Connections the kernel holds until somebody accepts them; as the supervisor opens the sockets."""

ACCEPTED_SECONDS = 0.05
"""Time for connections accepted just before the listening ended to be made known to this class."""

CUT_SECONDS = 1.0
"""Time for requests that are cut off to put their affairs in order."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket and what may be reached through it: traffic, the control plane, or both."""

    sock: socket.socket
    surface: Surface


class EdgeServer:
    """The HTTP server of one worker."""

    def __init__(self, runtime: GatewayRuntime, listeners: Sequence[Listener]) -> None:
        self.runtime = runtime
        runtime.client_connections = lambda: self.open_connections
        self._listeners = listeners
        self._servers: list[asyncio.Server] = []
        self._connections: set[ClientConnection] = set()
        self._by_address: Counter[bytes] = Counter()
        self._emptied: asyncio.Event | None = None

    async def start(self) -> None:
        """Begins to accept."""
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            factory = self._factory(listener.surface)
            bound_unsent(listener.sock)
            self._servers.append(await loop.create_server(factory, sock=listener.sock, backlog=BACKLOG))

    def _factory(self, surface: Surface) -> Callable[[], ClientConnection]:
        return lambda: ClientConnection(self, surface)

    @property
    def open_connections(self) -> int:
        """Client connections now."""
        return len(self._connections)

    def joined(self, connection: ClientConnection) -> None:
        """A connection was accepted; one too many, of all or of its address, is answered and closed."""
        self._connections.add(connection)
        self._by_address[client_network(connection.peer)] += 1
        self.runtime.live.deadlines.watch(connection)
        if len(self._connections) > self.runtime.options.max_connections:
            self._turn_away(connection, no_instance("too many connections"))
        elif self._has_too_many(connection.peer):
            self._turn_away(connection, too_many_connections())

    def _has_too_many(self, address: str) -> bool:
        most = self.runtime.options.max_connections_per_address
        if most is None or self._by_address[client_network(address)] <= most:
            return False
        return not self.runtime.trusted.trusts(address)

    def _turn_away(self, connection: ClientConnection, error: GatewayError) -> None:
        connection.closing = True
        self.refuse(connection, error)
        connection.close()

    def left(self, connection: ClientConnection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)
        network = client_network(connection.peer)
        self._by_address[network] -= 1
        if not self._by_address[network]:
            del self._by_address[network]
        self.runtime.live.deadlines.forget(connection)
        if self._emptied is not None and not self._connections:
            self._emptied.set()

    def handle(
        self, head: RequestHead, downstream: Downstream, peer: str, surface: Surface
    ) -> Coroutine[None, None, None]:
        """Has one request served."""
        return serve(self.runtime, head, downstream, peer=peer, scheme="http", surface=surface)

    def handle_at_once(self, head: RequestHead, exchange: ClientExchange, peer: str, surface: Surface) -> None:
        """The same for a request that may be answered without its connection's task."""
        exchange.serving = serving = Serving(self.runtime, head, exchange)
        serving.begin_at_once(exchange, peer, "http", surface)

    def refuse(self, connection: ClientConnection, error: GatewayError) -> None:
        """Answers what never became a request."""
        self.runtime.live.meters.count("refused_requests")
        _, phrase, headers, body = error_response(error, None)
        headers.append((b"date", self.runtime.http_date()))
        headers.append((b"x-request-id", self.runtime.next_request_id()))
        connection.write(refusal(error, headers, phrase, body, is_head=connection.is_head))

    async def drain(self, seconds: float) -> None:
        """Accepts no more, lets running requests finish for `seconds`, then closes what is left (edge rule T8)."""
        for server in self._servers:
            server.close()
        await asyncio.sleep(ACCEPTED_SECONDS)
        self._emptied = asyncio.Event()
        for connection in list(self._connections):
            connection.finish_up()
        if self._connections:
            try:
                async with asyncio.timeout(seconds):
                    await self._emptied.wait()
            except TimeoutError:
                await self._cut()

    async def _cut(self) -> None:
        """Ends what is left, and waits until it is over: it still uses what is closed next."""
        running = [connection.task for connection in self._connections if connection.task is not None]
        self.close()
        if running:
            await asyncio.wait(running, timeout=CUT_SECONDS)

    def close(self) -> None:
        """Closes everything at once."""
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.abort()
