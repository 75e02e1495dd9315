"""The report of the configuration in force, kept so that the next one goes on from it."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from proxy.conflicts.conflicts import Report
from proxy.snapshot.configuration import Configuration


class NewestReport:
    """Of a configuration that moves on. Any thread may ask, and asks for the state it has read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Report | None = None

    def of(self, configuration: Configuration, permissions: Iterable[str]) -> Report:
        """The very report of before where nothing has changed."""
        codes = frozenset(permissions)
        with self._lock:
            held = self._held
            if held is None or held.configuration is not configuration or held.permissions != codes:
                self._held = held = Report(configuration, codes, held)
            return held


NEWEST = NewestReport()
"""What this process has reported last."""
