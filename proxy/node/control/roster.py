"""The control process's list of workers, and the wait for them (G-104).

Written by the event loop as news come in, read and waited on by the threads that answer writes.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from proxy.node.messages import Announced, Gone, Message, Refused, Serving


@dataclass(slots=True)
class _Seat:
    revision: int
    pid: int
    refused: int = -1
    """Newest revision this worker could not apply."""
    reason: str = ""


class Roster:
    """Who is alive and serves what. Safe for any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seats: dict[str, _Seat] = {}
        self._announced = -1
        self._loop_thread: int | None = None

    def belongs_to_this_thread(self) -> None:
        """The calling thread feeds the roster, so it must never wait on it."""
        self._loop_thread = threading.get_ident()

    def hear(self, message: Message) -> None:
        """One piece of news from the supervisor; what is no news is ignored."""
        with self._changed:
            match message:
                case Serving(revision, worker, pid):
                    self._seats[worker] = _Seat(revision, pid)
                case Refused(revision, reason, worker) if worker in self._seats:
                    seat = self._seats[worker]
                    seat.refused, seat.reason = revision, reason
                case Gone(worker):
                    self._seats.pop(worker, None)
                case Announced(revision):
                    self._announced = revision
                case _:
                    return
            self._changed.notify_all()

    def wait(self, number: int, timeout: float) -> list[str]:
        """Names of the live workers that do not serve `number` after at most `timeout` seconds.

        It ends early when the rest have refused the revision: no waiting will change their mind. A worker counts
        from the moment it asks to serve, and `number` must have been announced to all before anybody is believed.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                announced = self._announced >= number
                behind = [name for name, seat in self._seats.items() if not announced or seat.revision < number]
                remaining = deadline - time.monotonic()
                hopeless = announced and all(self._seats[name].refused >= number for name in behind)
                if hopeless or remaining <= 0 or threading.get_ident() == self._loop_thread:
                    return sorted(behind)
                self._changed.wait(remaining)

    def workers(self) -> list[dict[str, Any]]:
        """Each live worker: name, pid, the revision it serves, and what it refused, if it did."""
        with self._changed:
            return [_describe(name, seat) for name, seat in sorted(self._seats.items())]


def _describe(name: str, seat: _Seat) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "pid": seat.pid, "revision": seat.revision}
    if seat.refused > seat.revision:
        described |= {"refused_revision": seat.refused, "problem": seat.reason}
    return described
