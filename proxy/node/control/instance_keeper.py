"""Finds leases that have lapsed and stores when instances were checked: the thread beside the publisher's.

Only a control plane that can reach its database can take heartbeats. So while it cannot, no lease lapses, and after a
while without the database every lease has its full time anew before it may.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime

from django.db import close_old_connections, connection
from django.utils import timezone

from proxy.node.control.instance_health import InstanceHealth
from services.leases import StoredLease, stored_leases

TURN_SECONDS = 0.5
"""How late a lapse may be noticed."""
STORE_SECONDS = 15.0
"""How old `last_health_check` of a row may be; the API of a node shows the newest all the same."""
AWAY_SECONDS = 3.0
"""Without a look at the leases for so long, heartbeats may have been lost."""

logger = logging.getLogger("gateway.node")


class LapsedLeases:
    """Which leases have lapsed. Pure: times are given, `monotonic` in seconds."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._back = float("-inf")
        """When heartbeats could be taken again, the last time they could not."""
        self._lapsed: frozenset[str] = frozenset()

    def look(self, leases: Mapping[str, StoredLease], now: datetime, monotonic: float) -> dict[str, bool]:
        """Whether each has lapsed."""
        if self._looked is not None and monotonic - self._looked > AWAY_SECONDS:
            self._back = monotonic
        self._looked = monotonic
        found = {
            key: lease.expires_at <= now and (key in self._lapsed or monotonic >= self._back + lease.seconds)
            for key, lease in leases.items()
        }
        self._lapsed = frozenset(key for key, is_lapsed in found.items() if is_lapsed)
        return found


class InstanceKeeper:
    """One background thread with a database connection of its own."""

    def __init__(self, health: InstanceHealth) -> None:
        self._health = health
        self._leases = LapsedLeases()
        self._closing = threading.Event()
        self._store_at = time.monotonic() + STORE_SECONDS
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="instance-keeper", daemon=True)

    def start(self) -> None:
        """Begin; the first look happens at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop, storing the last checks; waits at most a second."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while True:
            is_last = self._closing.is_set()
            try:
                self._turn(is_last=is_last)
                self._problem = ""
            except Exception as error:  # noqa: BLE001 - the database may be away in many ways; instances stay as they are
                self._failed(error)
            if is_last:
                break
            self._closing.wait(TURN_SECONDS)
        connection.close()

    def _turn(self, *, is_last: bool) -> None:
        close_old_connections()
        with self._health.looking:
            for key, is_lapsed in self._leases.look(stored_leases(), timezone.now(), time.monotonic()).items():
                self._health.lease_found(key, is_lapsed=is_lapsed)
        if is_last or time.monotonic() >= self._store_at:
            self._store_at = time.monotonic() + STORE_SECONDS
            self._health.store()

    def _failed(self, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != self._problem:
            self._problem = problem
            logger.error("cannot look at the leases of instances, none will lapse: %s", problem)
        try:
            connection.close()
        except Exception:
            logger.exception("could not give back the database connection")
