"""One child process as the supervisor sees it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from proxy.node.channel import Channel
from proxy.node.messages import Message
from proxy.node.plan import ChildPlan

PROJECT_ROOT = Path(__file__).resolve().parents[2]
LAST_WORDS_SECONDS = 2.0
"""How long a child whose channel has closed may take to end before it is killed."""


class Child:
    """A running process and its channel; `left` is set when it has said that it accepts no more.

    `is_dismissed`: it was asked to end, so that its end, however early, is no failure.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, channel: Channel) -> None:
        self.name = name
        self.left = asyncio.Event()
        self.is_dismissed = False
        self._process = process
        self._channel = channel
        self._started = time.monotonic()

    @classmethod
    async def spawn(cls, module: str, plan: Callable[[int], ChildPlan]) -> Child:
        """Start `python -m module`; `plan` makes its plan from the descriptor of its end of the channel."""
        ours, theirs = socket.socketpair()
        with theirs:
            child_plan = plan(theirs.fileno())
            inherited = [listener.descriptor for listener in child_plan.listeners]
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    module,
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), *inherited),
                    env=os.environ | _import_path() | child_plan.environment(),
                )
            except BaseException:
                ours.close()
                raise
        return cls(child_plan.name, process, await Channel.open(ours))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def lived_seconds(self) -> float:
        """Time since its start."""
        return time.monotonic() - self._started

    def send(self, message: Message) -> None:
        """Queue a message for it; dropped when it has ended."""
        self._channel.send(message)

    def offer(self, message: Message) -> None:
        """As `send`, for what may be lost."""
        self._channel.offer(message)

    async def follow(self, on_message: Callable[[Child, Message], None]) -> int:
        """Hand over its messages until it ends; the exit code (negative: killed by that signal)."""
        while (message := await self._channel.receive()) is not None:
            on_message(self, message)
        try:
            return await asyncio.wait_for(self._process.wait(), LAST_WORDS_SECONDS)
        except TimeoutError:
            self.kill()
            return await self._process.wait()
        finally:
            self._channel.close()

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)


def _import_path() -> dict[str, str]:
    """The project first, wherever manage.py was called from."""
    rest = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{PROJECT_ROOT}{os.pathsep}{rest}" if rest else str(PROJECT_ROOT)}
