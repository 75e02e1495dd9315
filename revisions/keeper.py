"""The thread of a node's control process that keeps the history to its size."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections, connection

from revisions.retention import prune

TURN_SECONDS = 3600.0

logger = logging.getLogger("gateway.revisions")


class HistoryKeeper:
    """Prunes at the start and every hour, over a database connection of its own."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history-keeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what is being forgotten stays or goes with its transaction."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                close_old_connections()
                prune()
            except Exception as error:  # noqa: BLE001 - the database may be away in many ways; the next turn will do
                logger.warning("could not prune the history: %s", error)
            finally:
                connection.close()
            self._closing.wait(TURN_SECONDS)
