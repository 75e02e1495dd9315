"""What the worker that served a request says of it: its access record, watched for by the trace it belongs to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from proxy.traffic import feed
from proxy.traffic.feed import Feed, TooManyWatchersError, Watcher
from proxy.traffic.wanted import Wanted

HEARD_SECONDS = 0.2
"""In which the workers hear that somebody watches; nobody tells when they have."""
WAIT_SECONDS = 1.5
LOOK_SECONDS = 0.02


class Watch:
    """The record of one request, if it comes."""

    def __init__(self, watcher: Watcher | None, trace_id: str) -> None:
        self._watcher = watcher
        self._trace_id = trace_id

    def record(self) -> dict[str, Any] | None:
        """None where it has not come in time, or nobody may watch besides."""
        ends = time.monotonic() + WAIT_SECONDS
        while self._watcher is not None and time.monotonic() < ends:
            for text in self._watcher.taken():
                found: dict[str, Any] = json.loads(text)
                if found.get("trace_id") == self._trace_id:
                    return found
            time.sleep(LOOK_SECONDS)
        return None


@contextmanager
def watching(route: str, trace_id: str) -> Iterator[Watch]:
    """Watches the requests of a route, by its name or the id that stands for it. Only the one of this trace is told."""
    source = feed.registered()
    watcher = _opened(source, route)
    try:
        if watcher is not None:
            time.sleep(HEARD_SECONDS)
        yield Watch(watcher, trace_id)
    finally:
        if source is not None and watcher is not None:
            source.close(watcher)


def _opened(source: Feed | None, route: str) -> Watcher | None:
    try:
        return None if source is None else source.open(Wanted(0, route), None)
    except TooManyWatchersError:
        return None
