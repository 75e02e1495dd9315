"""What a worker listens with: our own edge, or uvicorn in front of the ASGI door."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from proxy.node.plan import ListenerPlan, ServerKind, Surface

Bound = Sequence[tuple[socket.socket, Surface]]


class Front(Protocol):
    """A server over inherited sockets."""

    async def start(self) -> None:
        """Begin to accept."""

    async def drain(self, seconds: float) -> None:
        """Accept no more, finish what runs within `seconds`."""

    async def close(self) -> None:
        """Let go of everything now."""


def inherited_sockets(listeners: Sequence[ListenerPlan]) -> Bound:
    """The sockets the supervisor bound; the first worker that starts its server makes them listen.

    All workers accept from the same queue, so no connection is lost with one.
    """
    bound = [(socket.socket(fileno=listener.descriptor), listener.surface) for listener in listeners]
    for sock, _surface in bound:
        # so that the connections it accepts do not keep the address from the next node while they fade
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return bound


def make_front(kind: ServerKind, runtime: Any, bound: Bound) -> Front:
    """The server of this kind, not yet accepting."""
    return UvicornFront(runtime, bound) if kind == "uvicorn" else EdgeFront(runtime, bound)


class EdgeFront:
    """The strict HTTP/1.1 edge of this project."""

    def __init__(self, runtime: Any, bound: Bound) -> None:
        from proxy.edge.server import EdgeServer, Listener

        self._server = EdgeServer(runtime, [Listener(sock, surface) for sock, surface in bound])

    async def start(self) -> None:
        """Begin to accept."""
        await self._server.start()

    async def drain(self, seconds: float) -> None:
        """Accept no more, finish what runs within `seconds`."""
        await self._server.drain(seconds)

    async def close(self) -> None:
        """Close what is still open."""
        self._server.close()


class UvicornFront:
    """One uvicorn for each surface, over the same runtime."""

    def __init__(self, runtime: Any, bound: Bound) -> None:
        self._servers: list[tuple[Any, list[socket.socket]]] = []
        for surface in dict.fromkeys(surface for _sock, surface in bound):
            sockets = [sock for sock, of in bound if of == surface]
            self._servers.append((_uvicorn(runtime, surface), sockets))
        self._serving: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to accept."""
        self._serving = [asyncio.create_task(server.serve(sockets)) for server, sockets in self._servers]
        while not all(server.started for server, _sockets in self._servers):
            for task in self._serving:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)

    async def drain(self, seconds: float) -> None:
        """Accept no more, finish what runs within `seconds`."""
        for server, _sockets in self._servers:
            server.config.timeout_graceful_shutdown = seconds
            server.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def close(self) -> None:
        """Close what is still open."""
        for server, _sockets in self._servers:
            server.force_exit = True
        await self.drain(0)


def _uvicorn(runtime: Any, surface: Surface) -> Any:
    import uvicorn

    from proxy.asgi import ProxyApplication

    class Server(uvicorn.Server):
        """Leaves signals to the worker."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    options = runtime.options
    config = uvicorn.Config(
        ProxyApplication(runtime, surface=surface),
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=int(options.keep_alive_timeout_seconds),
        limit_concurrency=options.max_connections,
    )
    return Server(config)
