"""The data plane as one ASGI application that looks after itself: its runtime, its reloader, their beginning and end.

For servers that run the whole gateway in one process (daphne, uvicorn). Daphne sends no lifespan events, so the first
request begins what a lifespan event has not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway_project.rest import purging
from proxy.asgi import ProxyApplication
from proxy.caching.purge import purger
from proxy.explain import live
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.transport.target_guard import target_guard
from services import circuits

if TYPE_CHECKING:
    from proxy.node.control.duties import Duties
    from proxy.node.control.own_instances import OwnInstances
    from proxy.node.control.own_traffic import OwnTraffic
    from proxy.snapshot.reloader import Reloader

FIRST_LOAD_SECONDS = 5.0
"""How long the first requests wait for a configuration before they are answered by an empty one."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SingleProcessGateway:
    """An ASGI application that serves traffic by the rows of this process's database."""

    def __init__(self, options: GatewayOptions, snapshot_path: Path | None = None) -> None:
        """`snapshot_path` is where the last good configuration is kept (G-505)."""
        self._options = options
        self._snapshot_path = snapshot_path
        self._runtime: GatewayRuntime | None = None
        self._application: ProxyApplication | None = None
        self._reloader: Reloader | None = None
        self._instances: OwnInstances | None = None
        self._traffic: OwnTraffic | None = None
        self._duties: Duties | None = None
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or lives through the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        application = self._application or await self.start()
        await application(scope, receive, send)

    async def start(self) -> ProxyApplication:
        """Begins, once; returns when there is a configuration, or none after `FIRST_LOAD_SECONDS`."""
        async with self._starting:
            if self._application is None:
                from proxy.node.control.duties import Duties  # they know Django
                from proxy.node.control.own_circuits import own_circuits
                from proxy.node.control.own_instances import OwnInstances
                from proxy.node.control.own_traffic import OwnTraffic
                from proxy.snapshot.reloader import Reloader

                self._runtime = GatewayRuntime(self._options)
                await self._runtime.start()
                state = self._runtime.live
                purging.register(purger(state.cache.store))
                live.register(live.Live(state.counters, state.board, state.cache.store))
                circuits.register(own_circuits(self._runtime))
                self._traffic = OwnTraffic(self._runtime)
                self._instances = OwnInstances(self._runtime.live.board, target_guard(self._options))
                self._instances.start()
                self._duties = Duties()
                self._duties.start()
                self._reloader = Reloader(self._runtime, self._snapshot_path, self._instances.apply)
                await self._reloader.start()
                await self._reloader.first_load(FIRST_LOAD_SECONDS)
                self._application = ProxyApplication(self._runtime)
            return self._application

    async def close(self) -> None:
        """Ends; a later request begins anew."""
        async with self._starting:
            reloader, instances, runtime, duties = self._reloader, self._instances, self._runtime, self._duties
            traffic = self._traffic
            self._application = self._reloader = self._instances = self._runtime = self._duties = self._traffic = None
            purging.unregister()
            live.unregister()
            circuits.unregister()
            if traffic is not None:
                traffic.close()
            if duties is not None:
                await asyncio.to_thread(duties.close)
            if reloader is not None:
                await reloader.close()
            if instances is not None:
                await instances.close()
            if runtime is not None:
                await runtime.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
