"""Runs a check that may hang, without hanging (G-241).

Each probe has at most one thread: while one hangs, further calls wait for that same one and report a timeout, so a
database that never answers costs one thread however often /health is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

TIMEOUT = "connection timeout"


class Probe:
    """One check with a time limit. The check returns details, or raises with a text that may be shown."""

    def __init__(self, name: str, check: Callable[[], dict[str, Any]]) -> None:
        self.name = name
        self.check = check
        self._lock = threading.Lock()
        self._running: Future[dict[str, Any]] | None = None

    def start(self) -> Future[dict[str, Any]]:
        """Begins a run, or joins the one under way."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                threading.Thread(
                    target=self._run, args=(self._running,), name=f"probe-{self.name}", daemon=True
                ).start()
            return self._running

    def _run(self, future: Future[dict[str, Any]]) -> None:
        try:
            future.set_result(self.check())
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the reply must say so
            future.set_exception(error)


def outcome(future: Future[dict[str, Any]], seconds: float) -> tuple[dict[str, Any], str]:
    """(details, "") of a run that went well within `seconds`, else ({}, what is wrong)."""
    try:
        return future.result(timeout=seconds), ""
    except FutureTimeoutError:
        return {}, TIMEOUT
    except Exception as error:  # noqa: BLE001 - see above
        return {}, describe(error)


def describe(error: Exception) -> str:
    """A text without addresses, names or secrets; the log has the rest."""
    text = str(error).lower()
    if "timeout" in text or "timed out" in text:
        return TIMEOUT
    return "connection failed"
