"""Follows the revision: told of a commit, or finding one by polling, it loads and delivers.

Pure but for its thread: what to ask, load and deliver are arguments. The thread owns the database connection that
those calls open, so nothing that serves requests ever waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from proxy.snapshot.configuration import Configuration

POLL_SECONDS = 0.25
"""How late a write of another process may be noticed when nobody tells us."""
MAX_RETRY_SECONDS = 2.0

logger = logging.getLogger("gateway.node")


class RevisionWatch:
    """One background thread that keeps what was delivered equal to what is stored.

    Commits that arrive while a load runs are answered by one more load. A failure (database away, disk full) is
    logged once and tried again for as long as it lasts; what was delivered before stays in force.
    """

    def __init__(
        self,
        *,
        current: Callable[[], int],
        load: Callable[[], Configuration],
        deliver: Callable[[Configuration], None],
        release: Callable[[], None] = lambda: None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """`release` gives the thread's connection back: after every failure, and at the end."""
        self.reached = threading.Event()
        """Set when the stored revision could be read for the first time: the first load may still take long."""
        self.tried = threading.Event()
        """Set when the first load was delivered or has failed."""
        self._current = current
        self._load = load
        self._deliver = deliver
        self._release = release
        self._poll_seconds = poll_seconds
        self._wake = threading.Event()
        self._closing = False
        self._forced = True
        self._delivered: int | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="revision-watch", daemon=True)

    def start(self) -> None:
        """Begin; the first load happens at once."""
        self._thread.start()

    def notify(self, number: int) -> None:
        """Revision `number` was committed. Callable from any thread."""
        if self._delivered is None or number > self._delivered:
            self._wake.set()

    def reload(self) -> None:
        """Load and deliver even if the revision has not moved. Callable from any thread."""
        self._forced = True
        self._wake.set()

    def close(self) -> None:
        """Stop, waiting at most a second for a load that runs."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            try:
                self._turn()
                failures = 0
                self._recovered()
            except Exception as error:  # noqa: BLE001 - the last configuration stays, whatever went wrong
                failures += 1
                self._failed(error)
            self.tried.set()
            self._wake.wait(min(self._poll_seconds * (failures + 1), MAX_RETRY_SECONDS))
        self._release()

    def _turn(self) -> None:
        self._wake.clear()
        forced, self._forced = self._forced, False
        try:
            newest = self._current()
            self.reached.set()
            if not forced and newest == self._delivered:
                return
            configuration = self._load()
            if self._delivered is not None and configuration.revision < self._delivered:
                logger.warning("the stored revision went back from %d to %d", self._delivered, configuration.revision)
            self._deliver(configuration)
        except BaseException:
            self._forced = True
            raise
        self._delivered = configuration.revision

    def _failed(self, error: Exception) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != self._problem:
            logger.error("cannot publish the configuration, the last one stays in force: %s", problem)
            self._problem = problem
        try:
            self._release()
        except Exception:
            logger.exception("could not give back the database connection")

    def _recovered(self) -> None:
        if self._problem:
            logger.info("publishing works again")
            self._problem = ""
