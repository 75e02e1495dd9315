"""Circuit breakers of a gateway that is one process, as its API shows and changes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from proxy.node.control.service_circuits import Call, ServiceCircuits
from proxy.runtime import GatewayRuntime

TURN_SECONDS = 5.0


def own_circuits(runtime: GatewayRuntime) -> ServiceCircuits:
    """To be made on the event loop, which alone changes the board."""
    return ServiceCircuits(runtime.live.board, lambda: runtime.gauges(""), _on_loop(asyncio.get_running_loop()))


def _on_loop(loop: asyncio.AbstractEventLoop) -> Callable[[Call], object]:
    async def run(call: Call) -> object:
        return call()

    return lambda call: asyncio.run_coroutine_threadsafe(run(call), loop).result(TURN_SECONDS)
