"""Prober, leases and observer of a gateway that is one process: what a node has processes for."""

from __future__ import annotations

import asyncio

from proxy.health.prober import prober
from proxy.node.control.instance_health import InstanceHealth
from proxy.node.control.instance_keeper import InstanceKeeper
from proxy.snapshot.configuration import Configuration
from proxy.state.board import Board
from proxy.transport.target_guard import TargetGuard
from services import observed


class OwnInstances:
    """Begun and ended on the event loop, which alone changes the board."""

    def __init__(self, board: Board, guard: TargetGuard) -> None:
        self._health = InstanceHealth(board, asyncio.get_running_loop().call_soon_threadsafe)
        self._prober = prober(board, lambda instance_id, at: self._health.checked({instance_id: at}), guard)
        self._keeper = InstanceKeeper(self._health)

    def start(self) -> None:
        """Begin to look at leases; checks begin with the first configuration."""
        observed.register(self._health)
        self._keeper.start()

    def apply(self, configuration: Configuration) -> None:
        """Check what this configuration asks for."""
        self._prober.apply(configuration)

    async def close(self) -> None:
        """End all of it."""
        observed.unregister()
        await self._prober.close()
        await asyncio.to_thread(self._keeper.close)
