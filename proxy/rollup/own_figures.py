"""The figures of a gateway that is one process: what its only runtime counts."""

from __future__ import annotations

import time
import uuid
from typing import Protocol

from gateway_project.rest.figures import Moment
from proxy.metering.hours import HourBook
from proxy.metering.series import Counters
from proxy.metering.service_sums import ServiceSums
from proxy.rollup.writer import Counted, RollupWriter


class Runtime(Protocol):
    """What carries the traffic."""

    def counters(self) -> dict[str, list[float]]:
        """All counters."""

    def gauges(self, worker: str) -> dict[str, float]:
        """All gauges."""


class OwnFigures:
    """A source of figures that also has the hours written."""

    def __init__(self, runtime: Runtime, name: str, keep_days: int) -> None:
        """`name` is what the one worker is called."""
        self._runtime = runtime
        self._name = name
        self._run = uuid.uuid4().hex
        self._book = HourBook(time.time())
        self.writer = RollupWriter(self._fetch, keep_days)

    def now(self) -> Moment:
        """Of this process."""
        return Moment(self._runtime.counters(), self._runtime.gauges(self._name))

    def gauges(self) -> dict[str, float]:
        """Of this process."""
        return self._runtime.gauges(self._name)

    def by_service(self) -> Counters:
        """The sums of services."""
        return ServiceSums(self._runtime.counters()).counters()

    def unwritten(self) -> Counted | None:
        """What the hourly rows may lack."""
        return self.writer.unwritten()

    def _fetch(self, after_hour: int) -> Counted:
        counters: Counters = self._runtime.counters()
        self._book.roll(time.time(), lambda: counters)
        return Counted(self._run, self._book.after(after_hour, counters))
