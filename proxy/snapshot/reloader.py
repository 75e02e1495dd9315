"""Keeps one process's runtime at the newest revision: the gateway as a single ASGI application (daphne).

A node has its own publisher and workers instead (proxy/node).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import close_old_connections, connection

from gateway_project.rest import figures
from proxy.rollup.own_figures import OwnFigures
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.loader import NEWEST
from proxy.snapshot.publication import Publication
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile
from proxy.snapshot.watch import RevisionWatch
from revisions import in_force
from revisions.current import current_revision

NAME = "gateway"
"""What the one process is called among "workers"."""

logger = logging.getLogger("gateway.node")


class Runtime(Protocol):
    """What carries the traffic."""

    @property
    def revision(self) -> int:
        """The revision that requests beginning now are answered by."""

    def apply(self, configuration: Configuration) -> None:
        """Compile and swap; raises on an invalid document, keeping the old one."""

    def counters(self) -> dict[str, list[float]]:
        """All counters."""

    def gauges(self, worker: str) -> dict[str, float]:
        """All gauges."""


class Reloader:
    """Loads on every commit of this process at once, and polls for those of others.

    The last good configuration is kept on disk as a node keeps it, and is what the process starts by while the
    database cannot be read (G-505).
    """

    def __init__(
        self,
        runtime: Runtime,
        snapshot_path: Path | None = None,
        also: Callable[[Configuration], None] = lambda configuration: None,
    ) -> None:
        """No file is read or kept without `snapshot_path`. `also` is told of each configuration that is in force."""
        self._runtime = runtime
        self._figures = OwnFigures(runtime, NAME, settings.GATEWAY_ROLLUP_DAYS)
        self._also = also
        self._file = SnapshotFile(snapshot_path) if snapshot_path else None
        self._publication = Publication(snapshot_path) if snapshot_path else None
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread: int | None = None
        self._loaded = asyncio.Event()
        self._watch = RevisionWatch(current=_current, load=NEWEST.load, deliver=self._deliver, release=_release)

    async def start(self) -> None:
        """Apply the file's configuration if there is one, then follow the rows."""
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._start_from_file()
        in_force.register(self.wait)
        in_force.register_workers(self.workers)
        in_force.on_commit(self._watch.notify)
        self._watch.start()
        figures.register(self._figures)
        self._figures.writer.start()

    async def first_load(self, seconds: float) -> None:
        """Returns when the rows were read for the first time, a file gave a configuration, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._loaded.wait()

    async def close(self) -> None:
        """Follow no more."""
        in_force.unregister_all()
        figures.unregister()
        await asyncio.to_thread(self._figures.writer.close)
        await asyncio.to_thread(self._watch.close)

    def wait(self, number: int, timeout: float) -> list[str]:
        """The waiter of `revisions.in_force`; on the event loop's own thread it answers at once."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._runtime.revision < number:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or threading.get_ident() == self._loop_thread:
                    return [NAME]
                self._changed.wait(remaining)
        return []

    def workers(self) -> list[dict[str, Any]]:
        """This process, as the list of workers shows it."""
        return [{"name": NAME, "pid": os.getpid(), "revision": self._runtime.revision}]

    def _start_from_file(self) -> None:
        if self._file is None:
            return
        try:
            self._put_in_force(self._file.read())
        except FileNotFoundError:
            pass
        except (SnapshotCorrupt, OSError, ValueError) as error:
            logger.warning("the configuration on disk cannot be used: %s", error)

    def _deliver(self, configuration: Configuration) -> None:
        """In the watch's thread: swap on the loop, then keep the file; a full disk does not stop the swap."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._apply(configuration), self._loop).result(timeout=30)
        if self._publication is None:
            return
        try:
            self._publication.publish(configuration)
            self._publication.tidy()
        except OSError as error:
            logger.warning("the configuration on disk is out of date: %s", error)

    async def _apply(self, configuration: Configuration) -> None:
        self._put_in_force(configuration)
        with self._changed:
            self._changed.notify_all()

    def _put_in_force(self, configuration: Configuration) -> None:
        self._runtime.apply(configuration)
        self._also(configuration)
        self._loaded.set()


def _release() -> None:
    """Looked up in the thread that calls: each has a connection of its own."""
    connection.close()


def _current() -> int:
    """The stored revision, on a connection no older than CONN_MAX_AGE allows."""
    close_old_connections()
    return current_revision()
