"""A worker: carries the traffic by the snapshot file, without Django and without a database.

`python -m proxy.node.worker`, started by the supervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import time

import uvloop

from proxy.caching.response_cache import shared_store
from proxy.node import group_signals, log
from proxy.node.channel import Channel
from proxy.node.messages import (
    AskFigures,
    Drain,
    Figures,
    Joining,
    Leaving,
    Message,
    Published,
    Refused,
    Reload,
    Serving,
    Traffic,
    Watch,
    Welcome,
    in_pieces,
)
from proxy.node.plan import ChildPlan
from proxy.node.worker_server import Front, inherited_sockets, make_front
from proxy.runtime import GatewayRuntime
from proxy.snapshot.collecting import uncollected
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile, SnapshotState
from proxy.state.boards import board_in
from proxy.state.counters import counters_in
from proxy.traffic.showing import Showing

FIGURES_SECONDS = 0.2
"""How often counters are reported unasked: what a worker that is killed may take with it."""
FIGURES_SHARE = 0.01
"""Part of a worker's time that reporting may take; with thousands of busy routes it is done less often."""
CLOSE_SECONDS = 2.0
GC_ALLOCATIONS = 20_000
"""Objects made between two looks for cycles. Requests make hardly any; the default of 700 cost 3 % of the time."""

logger = logging.getLogger("gateway.node")


class Worker:
    """One worker, from its plan to its exit code."""

    def __init__(self, plan: ChildPlan) -> None:
        self._plan = plan
        self._file = SnapshotFile(plan.snapshot)
        self._runtime = GatewayRuntime(
            plan.options,
            plan.control_socket,
            counters_in(plan.counters),
            board_in(plan.counters),
            shared_store(plan.counters, plan.options),
        )
        self._held: SnapshotState | None = None
        """What the runtime answers by."""
        self._front: Front | None = None
        self._draining: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Until told to drain (0) or until the supervisor is gone (1)."""
        self._finished: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._channel = channel = await Channel.open(socket.socket(fileno=self._plan.channel))
        self._showing = Showing(self._runtime.access_log, lambda shown, skipped: channel.offer(Traffic(shown, skipped)))
        self._mind_signals()
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._report_regularly())]
        code = await self._finished
        for task in tasks:
            task.cancel()
        self._report()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._close()
        return code

    def _mind_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # the supervisor decides what Ctrl-C means
        loop.add_signal_handler(signal.SIGTERM, self._leave)

    async def _listen(self) -> None:
        try:
            await self._runtime.start()
            self._read()
            self._join()
            while (message := await self._channel.receive()) is not None:
                await self._hear(message)
            os._exit(1)  # the supervisor is gone; its successor needs the address
        except Exception:
            logger.exception("the worker failed")
            self._finish(1)

    async def _hear(self, message: Message) -> None:
        match message:
            case Published(sha256=sha256):
                self._catch_up(sha256)
                if self._front is None:
                    self._join()
                else:
                    self._say_serving()
            case Welcome(sha256=sha256):
                self._catch_up(sha256)
                await self._accept()
            case Reload():
                self._runtime.access_log.reopen()
                if self._read() and self._front is not None:
                    self._say_serving()
            case AskFigures(request=request):
                self._report(request)
            case Watch(wanted):
                self._showing.watch(wanted)
            case Drain(seconds):
                self._drain(seconds)

    def _catch_up(self, sha256: str) -> None:
        held = self._held
        if not sha256 or (held is not None and sha256 == held.header.sha256):
            return
        state = None if held is None else self._file.follow(held, sha256)
        if state is None:
            self._read(sha256)
        else:
            self._apply(state)

    def _read(self, wanted: str = "") -> bool:
        """Apply the file. A document that cannot be read or applied leaves the old one in force.

        So does one that is not `wanted` and older: its journal is damaged.
        """
        held = self._held
        if held is None:
            gc.collect()  # before there is much to look through
        try:
            with uncollected():
                state = self._file.read_state()
            if wanted not in ("", state.header.sha256) and held and state.header.revision < held.header.revision:
                raise SnapshotCorrupt(f"{self._file.path}: what was published is not to be found")
        except FileNotFoundError:
            return False
        except (SnapshotCorrupt, OSError) as error:
            self._refuse(held.header.revision if held else 0, error)
            return False
        return self._apply(state)

    def _apply(self, state: SnapshotState) -> bool:
        try:
            with uncollected():
                self._runtime.apply(state.configuration)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the old one stays
            self._refuse(state.header.revision, error)
            return False
        is_first = self._held is None
        self._held = state
        if is_first:
            gc.freeze()  # code and first configuration live on; full collections need not walk them
            gc.set_threshold(GC_ALLOCATIONS)
        return True

    def _refuse(self, revision: int, error: Exception) -> None:
        self._channel.send(Refused(revision, f"{type(error).__name__}: {error}"[:2000], self._plan.name))

    def _join(self) -> None:
        """Ask to serve, once there is something to serve by."""
        if self._held is None:
            logger.info("waiting for the first configuration")
        else:
            self._channel.send(Joining(self._held.header.revision, self._held.header.sha256, os.getpid()))

    async def _accept(self) -> None:
        if self._front is None and self._draining is None:
            self._front = make_front(self._plan.server, self._runtime, inherited_sockets(self._plan.listeners))
            await self._front.start()
            self._say_serving()

    def _say_serving(self) -> None:
        if self._held is not None:
            self._channel.send(Serving(self._held.header.revision, self._plan.name, os.getpid()))

    def _leave(self) -> None:
        """SIGTERM to this worker alone: a replacement may start while the last requests finish."""
        self._channel.send(Leaving())
        self._drain(self._plan.options.drain_seconds)

    def _drain(self, seconds: float) -> None:
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain_front(seconds))

    async def _drain_front(self, seconds: float) -> None:
        if self._front is not None:
            await self._front.drain(seconds)
        self._finish(0)

    def _finish(self, code: int) -> None:
        if not self._finished.done():
            self._finished.set_result(code)

    async def _close(self) -> None:
        if self._front is not None:
            await self._front.close()
        await self._runtime.close()

    async def _report_regularly(self) -> None:
        spent = 0.0
        while True:
            await asyncio.sleep(max(FIGURES_SECONDS, spent / FIGURES_SHARE))
            began = time.perf_counter()
            self._report()
            spent = time.perf_counter() - began

    def _report(self, request: int | None = None) -> None:
        """What has changed; asked for, the gauges too, with the last piece."""
        *first, last = in_pieces(self._runtime.changed_counters())
        for piece in first:
            self._channel.send(Figures(piece))
        if request is not None:
            self._channel.send(Figures(last, request, self._runtime.gauges(place_of(self._plan.name))))
        elif last:
            self._channel.send(Figures(last))


def place_of(name: str) -> str:
    """`worker-2` of `worker-2.5`: the fifth worker there is the same to whoever plots it."""
    return name.partition(".")[0]


def main() -> int:
    """The process; the exit code."""
    group_signals.leave_to_supervisor()
    plan = ChildPlan.from_environment()
    log.configure(plan.name)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Worker(plan).run())


if __name__ == "__main__":
    raise SystemExit(main())
