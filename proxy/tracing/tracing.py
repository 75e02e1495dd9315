"""Hands finished requests to a thread that exports their spans in batches; the event loop never waits for it.

What waits is bounded: beyond `MAX_WAITING` requests lose their spans, and are counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from proxy.exchange import Exchange
from proxy.tracing.finished import FinishedSpan, spans_of
from proxy.tracing.sampling import trace_context

MAX_WAITING = 8192
BATCH = 512
FLUSH_SECONDS = 1.0
CLOSE_SECONDS = 3.0

logger = logging.getLogger("gateway.tracing")


class Exporter(Protocol):
    """Sends spans away; may take its time."""

    def export(self, spans: Sequence[FinishedSpan]) -> bool:
        """Whether they arrived."""

    def close(self) -> None:
        """Nothing more will come; what is being sent is given up soon."""


class Tracing:
    """The traces of one worker. `open_exporter` is called in the thread."""

    def __init__(self, open_exporter: Callable[[], Exporter], ratio: float) -> None:
        """`ratio` of the traces that begin here are recorded; those of a caller as its `traceparent` says."""
        self.dropped = 0
        """Requests whose spans were lost: too many waited, or they could not be sent."""
        self._ratio = ratio
        self._open_exporter = open_exporter
        self._waiting: deque[list[FinishedSpan]] = deque()
        self._hurry = threading.Event()
        self._stopping = False
        self._exporter: Exporter | None = None
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def traceparent(self, sent: bytes | None, own: bytes) -> bytes:
        """The field for the upstream, with the decision whether the trace is recorded."""
        return trace_context(sent, own, self._ratio).traceparent

    def offer(self, exchange: Exchange, seconds: float) -> None:
        """A request has ended after `seconds`."""
        if exchange.request is None:
            return
        context = trace_context(exchange.request.fields.get(b"traceparent"), exchange.trace_id, self._ratio)
        if not context.is_sampled or self._stopping:
            return
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            return
        self._waiting.append(spans_of(exchange, context, time.time(), seconds))
        if len(self._waiting) >= BATCH:
            self._hurry.set()

    def close(self) -> None:
        """Sends what waits, giving up after `CLOSE_SECONDS`."""
        self._stopping = True
        self._hurry.set()
        self._thread.join(CLOSE_SECONDS)
        if self._exporter is not None:
            self._exporter.close()

    def _run(self) -> None:
        try:
            self._exporter = self._open_exporter()
        except Exception:
            logger.exception("no spans are exported")
            self._stopping = True
            return
        while True:
            stopping = self._stopping
            while self._waiting:
                self._send([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
            if stopping:
                return
            self._hurry.wait(FLUSH_SECONDS)
            self._hurry.clear()

    def _send(self, batch: list[list[FinishedSpan]]) -> None:
        assert self._exporter is not None
        try:
            arrived = self._exporter.export([span for spans in batch for span in spans])
        except Exception:
            logger.exception("spans cannot be exported")
            arrived = False
        if not arrived:
            self.dropped += len(batch)
