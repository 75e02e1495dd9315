"""From rows to the snapshot file to the workers."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable

from django.db import close_old_connections, connection

from proxy.node.messages import Published
from proxy.snapshot.collecting import uncollected
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.loader import NEWEST
from proxy.snapshot.publication import Publication
from proxy.snapshot.watch import RevisionWatch
from revisions.current import current_revision

logger = logging.getLogger("gateway.node")


class Publisher:
    """Keeps what is on disk equal to the rows and announces each new state of it."""

    def __init__(self, publication: Publication, announce: Callable[[Published], None]) -> None:
        """`announce` is called in the publisher's thread."""
        self._publication = publication
        self._announce = announce
        self._reader = NEWEST
        self._is_settled = False
        self.watch = RevisionWatch(current=_current, load=self._reader.load, deliver=self._deliver, release=_release)

    def reload(self) -> None:
        """Reads and publishes everything anew, whatever the revision. Callable from any thread."""
        self._reader.forget()
        self.watch.reload()

    def _deliver(self, configuration: Configuration) -> None:
        with uncollected():
            header = self._publication.publish(configuration)
        if not self._is_settled:
            self._is_settled = True
            gc.freeze()  # the first configuration lives on; full collections need not walk it
        self._announce(Published(header.revision, header.sha256))
        logger.debug("published revision %d", header.revision)
        try:
            self._publication.tidy()
        except OSError as error:
            logger.warning("the configuration on disk cannot be written whole, its changes are kept: %s", error)


def _release() -> None:
    """Looked up in the thread that calls: each has a connection of its own."""
    connection.close()


def _current() -> int:
    """The stored revision, on a connection no older than CONN_MAX_AGE allows."""
    close_old_connections()
    return current_revision()
