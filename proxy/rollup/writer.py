"""Writes what was counted into the rows of its hour, in a thread and on a connection of its own.

Each row is written with the whole figure of its hour so far, never with an increment, so a write that is repeated
after a crash, a lost reply or a replaced process counts nothing twice. While the database is away rows wait here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import close_old_connections, connection, transaction

from proxy.metering.hour_rows import HourRow, hour_rows
from proxy.metering.hours import HOUR_SECONDS, Hours, hour_of
from proxy.models import BUCKETS, SUMS, RouteHour

WRITE_SECONDS = 10.0
"""How often the running hour is brought up to date: what a machine that loses power takes with it."""
PRUNE_EVERY = 360
"""Turns between two looks for rows that are too old."""
MAX_WAITING = 100_000
"""Rows kept while they cannot be written; then the oldest are lost."""
BATCH = 500

logger = logging.getLogger("gateway.rollup")

Place = tuple[int, str, str]
"""Hour, service, route."""


@dataclass(slots=True)
class Counted:
    """What a run counted, by hour."""

    run: str
    hours: Hours = field(default_factory=dict)


class RollupWriter:
    """One background thread. `fetch` answers what was counted in the hours later than a given one, or None."""

    def __init__(self, fetch: Callable[[int], Counted | None], keep_days: int) -> None:
        self._fetch = fetch
        self._keep = timedelta(days=keep_days)
        self._run = ""
        self._complete = hour_of(time.time()) - 2
        """The newest hour that was fetched after it had ended."""
        self._written: dict[Place, HourRow] = {}
        self._waiting: dict[Place, HourRow] = {}
        self._turns = 0
        self._problem = ""
        self._turn_lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="rollups", daemon=True)

    def start(self) -> None:
        """Begin; the first write comes after `WRITE_SECONDS`."""
        self._thread.start()

    def close(self, seconds: float = 3.0) -> None:
        """Write what there is and stop, waiting at most so long."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def unwritten(self) -> Counted | None:
        """What was counted in hours whose rows may not be up to date, fetched now."""
        return self._fetch(self._complete)

    def _work(self) -> None:
        going_on = True
        while going_on:
            going_on = not self._closing.wait(WRITE_SECONDS)
            close_old_connections()
            if not self.turn():
                connection.close()
        connection.close()

    def turn(self) -> bool:
        """Fetch and write once, and tell whether it went well; a failure is logged once and tried again."""
        with self._turn_lock:
            try:
                self._collect()
                self._write()
                self._prune()
                if self._problem:
                    logger.info("hourly figures are written again")
                    self._problem = ""
            except Exception as error:  # noqa: BLE001 - figures wait, whatever is wrong with the database
                self._failed(error)
                return False
            return True

    def _collect(self) -> None:
        found = self._fetch(self._complete)
        if found is None:
            return
        self._run = found.run
        for hour, counters in found.hours.items():
            for (service, route), row in hour_rows(counters).items():
                place = (hour, service, route)
                if self._written.get(place) != row:
                    self._waiting[place] = row
        running = max(found.hours)
        self._complete = running - 1
        for place in [place for place in self._written if place[0] < running]:
            del self._written[place]
        for place in sorted(self._waiting)[: max(0, len(self._waiting) - MAX_WAITING)]:
            del self._waiting[place]

    def _write(self) -> None:
        places = sorted(self._waiting)
        for start in range(0, len(places), BATCH):
            batch = {place: self._waiting[place] for place in places[start : start + BATCH]}
            rows = [row_of(self._run, place, row) for place, row in batch.items()]
            with transaction.atomic():
                RouteHour.objects.bulk_create(
                    rows,
                    update_conflicts=True,
                    unique_fields=["hour", "service", "route", "source"],
                    update_fields=list(SUMS),
                )
            self._written |= batch
            for place in batch:
                del self._waiting[place]

    def _prune(self) -> None:
        if self._turns % PRUNE_EVERY == 0:
            RouteHour.objects.filter(hour__lt=datetime.now(UTC) - self._keep).delete()
        self._turns += 1

    def _failed(self, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != self._problem:
            self._problem = problem
            logger.error("hourly figures cannot be written, they wait: %s", problem)


def row_of(run: str, place: Place, row: HourRow) -> RouteHour:
    """The row in the database."""
    hour, service, route = place
    buckets = dict(zip(BUCKETS, row.durations or (0,) * len(BUCKETS), strict=True))
    return RouteHour(
        hour=datetime.fromtimestamp(hour * HOUR_SECONDS, UTC),
        source=run,
        service=service,
        route=route,
        requests=row.requests,
        errors=row.errors,
        seconds=row.seconds,
        upstream_requests=row.upstream_requests,
        upstream_seconds=row.upstream_seconds,
        bytes_in=row.bytes_in,
        bytes_out=row.bytes_out,
        **buckets,
    )
