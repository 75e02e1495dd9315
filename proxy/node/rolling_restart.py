"""Replaces every child of a node while it serves (edge rule T8): a new worker serves before the old one leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from proxy.node.place import Place

RELIEF_SECONDS = 60.0
"""How long a worker's replacement may take to serve before the others are left as they are."""

logger = logging.getLogger("gateway.node")


class RollingRestart:
    """One at a time; asked for again while it runs, it begins anew once it has ended."""

    def __init__(self, others: Sequence[Place], workers: Sequence[Place], drain_seconds: float) -> None:
        self._others = others
        self._workers = workers
        self._drain_seconds = drain_seconds
        self._running: asyncio.Task[None] | None = None
        self._again = False

    def begin(self) -> None:
        """Starts it."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(), name="rolling restart")
        else:
            self._again = True

    def give_up(self) -> None:
        """The node stops."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        while True:
            self._again = False
            logger.info("restarting: one worker after another")
            if await self._all():
                logger.info("restarted: every worker has been replaced")
            if not self._again:
                return

    async def _all(self) -> bool:
        for place in self._others:
            place.drain(self._drain_seconds)
        for place in self._workers:
            try:
                async with asyncio.timeout(RELIEF_SECONDS):
                    await place.relieve(self._drain_seconds)
            except TimeoutError:
                logger.error(
                    "%s: no replacement serves after %g s; the rest is left as it is", place.name, RELIEF_SECONDS
                )
                return False
        return True
