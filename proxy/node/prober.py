"""The prober: checks the health of all instances for the whole machine, without Django and without a database.

`python -m proxy.node.prober`, started by the supervisor. It reads the snapshot file like a worker. What it finds goes
to the board; the control process is told when each instance was last checked.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket

from proxy.health.prober import prober
from proxy.node import group_signals, log
from proxy.node.channel import Channel
from proxy.node.messages import Checked, Drain, Message, Published, Reload
from proxy.node.plan import ChildPlan
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile, SnapshotState
from proxy.state.boards import board_in
from proxy.transport.target_guard import target_guard

REPORT_SECONDS = 1.0
REPORTED_AT_ONCE = 500
"""Instances in one message: half of what a line may hold."""

logger = logging.getLogger("gateway.node")


class ProberProcess:
    """One prober, from its plan to its exit code."""

    def __init__(self, plan: ChildPlan) -> None:
        self._plan = plan
        self._file = SnapshotFile(plan.snapshot, services_only=True)
        self._held: SnapshotState | None = None
        self._checked: dict[str, float] = {}

    async def run(self) -> int:
        """Until told to drain."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # the supervisor decides what Ctrl-C means
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
        self._channel = await Channel.open(socket.socket(fileno=self._plan.channel))
        board = board_in(self._plan.counters)
        self._prober = prober(board, self._checked.__setitem__, target_guard(self._plan.options))
        self._read()
        tasks = [asyncio.create_task(self._listen(stopping)), asyncio.create_task(self._report_regularly())]
        await stopping.wait()
        for task in tasks:
            task.cancel()
        await self._prober.close()
        self._report()
        board.close()
        return 0

    async def _listen(self, stopping: asyncio.Event) -> None:
        while (message := await self._channel.receive()) is not None:
            self._hear(message, stopping)
        os._exit(1)  # the supervisor is gone, and with it whoever would read the board

    def _hear(self, message: Message, stopping: asyncio.Event) -> None:
        match message:
            case Published(sha256=sha256):
                self._read(sha256)
            case Reload():
                self._read()
            case Drain():
                stopping.set()
            case _:
                pass

    def _read(self, sha256: str = "") -> None:
        """Follow the file. One that cannot be read leaves the targets as they are."""
        held = self._held
        try:
            state = self._file.follow(held, sha256) if held and sha256 else None
            self._held = state = state or self._file.read_state()
            if held is None or state.configuration.services is not held.configuration.services:
                self._prober.apply(state.configuration)
        except FileNotFoundError:
            pass  # nothing has been published yet
        except (SnapshotCorrupt, OSError) as error:
            logger.error("the prober goes on by the configuration before: %s", error)

    async def _report_regularly(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            self._report()

    def _report(self) -> None:
        seen = list(self._checked.items())
        self._checked.clear()
        for start in range(0, len(seen), REPORTED_AT_ONCE):
            self._channel.send(Checked(dict(seen[start : start + REPORTED_AT_ONCE])))


def main() -> int:
    """The process; the exit code."""
    group_signals.leave_to_supervisor()
    plan = ChildPlan.from_environment()
    log.configure(plan.name)
    return asyncio.run(ProberProcess(plan).run())


if __name__ == "__main__":
    raise SystemExit(main())
