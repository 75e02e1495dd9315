"""Checks the instances of a configuration and puts what it finds on the board: one for each machine."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

from proxy.health.checked import CheckResult, Health, health_key
from proxy.health.target import Target, targets
from proxy.snapshot.configuration import Configuration
from proxy.state.board import Board
from proxy.transport.target_guard import TargetGuard

MOST_AT_ONCE = 64
"""Checks under way; more wait their turn."""
FIRST_CHECK_SECONDS = 1.0
"""An instance nobody has checked yet is checked within this time, or within its interval if that is shorter."""
SHORTEST_PAUSE_SECONDS = 0.05

logger = logging.getLogger("gateway.node")


class Prober:
    """A task for each target. The state of an instance is on the board alone: another prober just goes on."""

    def __init__(
        self, board: Board, on_checked: Callable[[str, float], None], rand: Callable[[], float], guard: TargetGuard
    ) -> None:
        """`on_checked` is told instance id and epoch seconds of every check; `rand` gives numbers in [0, 1)."""
        self._board = board
        self._on_checked = on_checked
        self._random = rand
        self._guard = guard
        self._running: dict[str, tuple[Target, asyncio.Task[None]]] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    def apply(self, configuration: Configuration) -> None:
        """From now on check what this configuration asks for; what it leaves as it was is not disturbed."""
        wanted = targets(configuration.services)
        for key, (target, task) in list(self._running.items()):
            if wanted.get(key) != target:
                task.cancel()
                del self._running[key]
        for key, target in wanted.items():
            if key not in self._running:
                task = asyncio.create_task(self._watch(target), name=f"check {target.name}")
                self._running[key] = (target, task)

    async def close(self) -> None:
        """Check no more."""
        tasks = [task for _target, task in self._running.values()]
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, target: Target) -> None:
        is_known = bool(self._board.read(health_key(target.instance_id)))
        longest = target.interval if is_known else min(target.interval, FIRST_CHECK_SECONDS)
        await asyncio.sleep(longest * self._random())  # so that instances are not all asked at once
        while True:
            began = time.monotonic()
            health = await self._check(target)
            pause = target.pause(is_healthy=health.is_healthy, is_in_doubt=health.run > 0)
            await asyncio.sleep(max(began + pause - time.monotonic(), SHORTEST_PAUSE_SECONDS))

    async def _check(self, target: Target) -> Health:
        from proxy.health.check import check  # loads httpx, which a node without health checks need not hold

        async with self._places:
            problem = await check(target, self._guard)
        rule = CheckResult(not problem, target.policy)
        before, after = self._board.change(health_key(target.instance_id), rule, time.monotonic())
        self._on_checked(target.instance_id, time.time())
        if before.is_healthy and not after.is_healthy:
            logger.warning("%s is unhealthy: %s", target.name, problem)
        elif after.is_healthy and not before.is_healthy:
            logger.info("%s is healthy again", target.name)
        return after


def prober(board: Board, on_checked: Callable[[str, float], None], guard: TargetGuard) -> Prober:
    """A prober whose first checks are spread at random."""
    return Prober(board, on_checked, random.random, guard)
