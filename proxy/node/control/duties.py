"""What the control side does again and again beside its service: each duty in a thread and on a connection of its own.

Whoever has a duty registers it when the apps are loaded; the process that carries the traffic's configuration does it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connection

logger = logging.getLogger("gateway.duties")


@dataclass(frozen=True, slots=True)
class Duty:
    """`act` is called every so many seconds, in every node; what it raises is logged and tried again."""

    name: str
    seconds: float
    act: Callable[[], object]
    at_once: bool = False
    """At the start of the node too: for one that is seldom called, which restarts must not put off for ever."""


_known: dict[str, Duty] = {}


def register(duty: Duty) -> None:
    """Adds a duty, or takes the place of one with its name."""
    _known[duty.name] = duty


class Duties:
    """All of them, from `start` to `close`."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; each acts for the first time after its interval, or at once."""
        for duty in _known.values():
            thread = threading.Thread(target=self._work, args=(duty,), name=duty.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self, seconds: float = 3.0) -> None:
        """Stop, waiting at most so long for each that is at work."""
        self._closing.set()
        for thread in self._threads:
            thread.join(seconds)

    def _work(self, duty: Duty) -> None:
        problem, pause = "", 0.0 if duty.at_once else duty.seconds
        while not self._closing.wait(pause):
            pause = duty.seconds
            close_old_connections()
            try:
                duty.act()
                problem = ""
            except Exception as error:  # noqa: BLE001 - a duty waits, whatever is wrong with the database
                connection.close()
                if problem != str(error):
                    problem = str(error)
                    logger.error("%s failed, it is tried again: %s", duty.name, problem)
        connection.close()
