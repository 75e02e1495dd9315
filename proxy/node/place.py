"""A place of the node that is never left empty: the control process's, the prober's, or one worker's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from proxy.node.child import Child
from proxy.node.messages import Drain, Leaving, Message, Serving
from proxy.node.plan import ChildPlan
from proxy.node.restart import RestartPolicy

logger = logging.getLogger("gateway.node")

GRACE_SECONDS = 1.0
"""Beyond the time to finish, for a child to end after it has given up waiting."""


class Place:
    """Starts a child, and another one when it dies or says it is leaving, until `vacate`."""

    def __init__(
        self,
        name: str,
        module: str,
        plan: Callable[[str, int], ChildPlan],
        *,
        on_started: Callable[[Child], None],
        on_message: Callable[[Child, Message], None],
        on_gone: Callable[[Child], None],
    ) -> None:
        """`plan` makes a child's plan from its name and the descriptor of its channel."""
        self.name = name
        self.policy = RestartPolicy()
        self._module = module
        self._plan = plan
        self._on_started = on_started
        self._on_message = on_message
        self._on_gone = on_gone
        self._generation = 0
        self._vacated = asyncio.Event()
        self._followed: dict[Child, asyncio.Task[None]] = {}
        self._relieved: dict[Child, float] = {}
        """Children that go on until a younger one serves, and the seconds they then have to finish."""
        self._serving = asyncio.Event()

    async def keep(self) -> None:
        """Returns after `vacate`, when every child of this place has ended."""
        while not self._vacated.is_set():
            try:
                child = await self._start()
            except OSError as error:
                await self._pause(f"{self.name} cannot be started: {error}", 0.0)
                continue
            await _first_of(self._followed[child], child.left.wait(), self._vacated.wait())
            if not (self._vacated.is_set() or child.left.is_set() or child.is_dismissed):
                await self._pause(f"{child.name} died at once", child.lived_seconds)
        await self.ended()

    def vacate(self) -> None:
        """Start no more children; the ones that run are left alone."""
        self._vacated.set()

    def drain(self, seconds: float) -> None:
        """Ask the children of this place to finish what they do."""
        for child in self._followed:
            child.is_dismissed = True
            self._send_away(child, seconds)

    async def relieve(self, drain_seconds: float) -> None:
        """Start another child; those that run serve until it does, then have so many seconds. Returns when it serves.

        A program that cannot start any more thus takes no request with it: the old child stays.
        """
        self._serving.clear()
        for child in self._followed:
            self._relieved[child] = drain_seconds
            child.left.set()
        await _first_of(self._serving.wait(), self._vacated.wait())

    def kill(self) -> None:
        """End them now."""
        for child in self._followed:
            child.kill()

    async def ended(self) -> None:
        """Waits until no child of this place runs."""
        while self._followed:
            await asyncio.wait(self._followed.values())

    async def _start(self) -> Child:
        name = f"{self.name}.{self._generation}" if self._generation else self.name
        self._generation += 1
        child = await Child.spawn(self._module, lambda channel: self._plan(name, channel))
        self._on_started(child)
        self._followed[child] = asyncio.create_task(self._follow(child), name=f"follow {name}")
        if self._vacated.is_set():
            child.kill()  # it was started while the node was told to stop, and serves nobody yet
        return child

    async def _follow(self, child: Child) -> None:
        try:
            code = await child.follow(self._take)
        finally:
            del self._followed[child]
            self._relieved.pop(child, None)
            self._on_gone(child)
        if not self._vacated.is_set():
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            level = logging.INFO if child.left.is_set() or code == 0 else logging.ERROR
            logger.log(level, "%s (pid %d) %s", child.name, child.pid, how)

    def _take(self, child: Child, message: Message) -> None:
        if isinstance(message, Leaving):
            child.left.set()
            return
        self._on_message(child, message)
        if isinstance(message, Serving) and child not in self._relieved:
            self._serving.set()
            while self._relieved:
                self._send_away(*self._relieved.popitem())

    def _send_away(self, child: Child, seconds: float) -> None:
        """Ask a child to finish; one that does not hear, since its event loop hangs, is ended when its time is over."""
        child.send(Drain(seconds))
        asyncio.get_running_loop().call_later(seconds + GRACE_SECONDS, self._cut_off, child)

    def _cut_off(self, child: Child) -> None:
        if child in self._followed:
            logger.warning("%s (pid %d) did not finish in its time and was ended", child.name, child.pid)
            child.kill()

    async def _pause(self, problem: str, lived_seconds: float) -> None:
        delay = self.policy.delay_after(lived_seconds)
        if delay:
            logger.error("%s; starting it again in %.1f s", problem, delay)
            await _first_of(asyncio.sleep(delay), self._vacated.wait())


async def _first_of(*things: Coroutine[Any, Any, object] | asyncio.Task[None]) -> None:
    """Waits for one of them; coroutines among the others are cancelled, tasks go on."""
    tasks: list[asyncio.Task[Any]]
    tasks = [thing if isinstance(thing, asyncio.Task) else asyncio.create_task(thing) for thing in things]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task, thing in zip(tasks, things, strict=True):
            if task is not thing:
                task.cancel()
