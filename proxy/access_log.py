"""One access record a request, as a JSON line (G-406).

A record is encoded where the request ends and handed to a thread that writes: the event loop never waits for a
disk or a pipe. What the thread cannot get rid of is bounded by `MAX_WAITING_BYTES`; further records are dropped
and counted, and the loss is told in the log itself when writing works again.
"""

from __future__ import annotations

import re
import threading
import time as clock
from collections import deque
from collections.abc import Callable

import msgspec

from proxy.line_writer import LineWriter
from proxy.secrets_mask import mask_target

FLUSH_SECONDS = 0.1
FLUSH_BYTES = 64 * 1024
MAX_WAITING_BYTES = 8 * 1024 * 1024
CLOSE_SECONDS = 2.0

_UNSAFE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What JSON leaves bare but a terminal or a line reader obeys: C1 controls, line separators, direction marks."""


class AccessRecord(msgspec.Struct, gc=False):
    """The fields of a line, in its order. Times are milliseconds but `time`, which is RFC 3339 in UTC."""

    time: str
    route: str
    service: str
    instance: str
    user: str
    consumer: str
    address: str
    method: str
    path: str
    status: int
    bytes_in: int
    bytes_out: int
    ms: float
    upstream_ms: float
    retries: int
    cache: str
    request_id: str
    trace_id: str
    revision: int
    outcome: str
    reason: str


Tap = Callable[[AccessRecord, bytes], None]
"""Is shown each record and its line."""


class AccessLog:
    """Writes to the file `target`, to standard output for `-`, or nowhere for an empty one.

    Raises `OSError` when the file cannot be opened. `write` belongs to one thread, the event loop's.
    """

    def __init__(self, target: str) -> None:
        self.enabled = bool(target)
        """Whether anybody takes records."""
        self._tap: Tap | None = None
        self.dropped = 0
        """Records lost because nothing more could wait."""
        self._encode = msgspec.json.Encoder().encode
        self._second = (-1, "")
        self._lines: deque[bytes] = deque()
        self._put_bytes = 0
        self._hurry = threading.Event()
        self._stopping = False
        self._writer = LineWriter(target) if target else None
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        if self._writer is not None:
            self._thread.start()

    def write(
        self,
        *,
        time: float,
        route: str,
        service: str,
        instance: str,
        user: str,
        consumer: str,
        address: str,
        method: str,
        target: bytes,
        status: int,
        bytes_in: int,
        bytes_out: int,
        seconds: float,
        upstream_seconds: float,
        retries: int,
        cache: str,
        request_id: bytes,
        trace_id: bytes,
        revision: int,
        outcome: str,
        reason: str,
    ) -> None:
        """Adds a record: `time` in epoch seconds, `target` the path and query as sent, durations in seconds."""
        is_refusing = self._is_refusing()
        if is_refusing and self._tap is None:
            return
        record = AccessRecord(
            self._timestamp(time), route, service, instance, user, consumer, address, method, mask_target(target),
            status, bytes_in, bytes_out, int(seconds * 1e6) / 1000.0, int(upstream_seconds * 1e6) / 1000.0, retries,
            cache, request_id.decode("latin-1"), trace_id.decode("ascii"), revision, outcome, reason,
        )  # fmt: skip
        self._take(record, is_refusing)

    def _take(self, record: AccessRecord, is_refusing: bool) -> None:
        line = self.line(record)
        if self._tap is not None:
            self._tap(record, line)
        if not is_refusing:
            self._lines.append(line)
            self._put_bytes += len(line)

    def watch(self, tap: Tap | None) -> None:
        """From now on `tap` is shown every record, also those that are written nowhere; None: nobody is."""
        self._tap = tap
        self.enabled = tap is not None or self._writer is not None

    def _is_refusing(self) -> bool:
        """Whether no record can be taken now; one lost to a full queue is counted."""
        if self._writer is None or self._stopping:
            return True
        waiting = self._put_bytes - self._writer.taken_bytes
        if waiting > MAX_WAITING_BYTES:
            self.dropped += 1
            return True
        if waiting > FLUSH_BYTES and not self._hurry.is_set():
            self._hurry.set()
        return False

    def reopen(self) -> None:
        """Opens the file anew, after a rotation has moved it; the records that wait go to the new one."""
        if self._writer is not None:
            self._writer.reopen_wanted = True
            self._hurry.set()

    def close(self) -> None:
        """Writes what waits, giving up after `CLOSE_SECONDS` if the disk or pipe is stuck."""
        if self._writer is None or self._stopping:
            return
        self._stopping = True
        self._hurry.set()
        self._thread.join(CLOSE_SECONDS)

    def _timestamp(self, now: float) -> str:
        second = int(now)
        if second != self._second[0]:
            self._second = (second, clock.strftime("%Y-%m-%dT%H:%M:%S", clock.gmtime(second)))
        return f"{self._second[1]}.{int((now - second) * 1000):03d}Z"

    def line(self, record: AccessRecord) -> bytes:
        """A record as it is written, with the end of line."""
        try:
            line = self._encode(record)
        except UnicodeEncodeError:  # a lone surrogate, which no UTF-8 can hold
            line = self._encode(_without_surrogates(record))
        if not line.isascii() or b"\x7f" in line:
            text = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line.decode())
            line = text.encode()
        return line + b"\n"

    def _run(self) -> None:
        writer = self._writer
        assert writer is not None
        told = 0
        while True:
            stopping = self._stopping
            writer.write_all(self._lines)
            if self.dropped != told and not self._lines:
                writer.write_all(deque([b'{"access_records_dropped":%d}\n' % (self.dropped - told)]), counted=False)
                told = self.dropped
            if stopping:
                writer.close()
                return
            self._hurry.wait(FLUSH_SECONDS)
            self._hurry.clear()


def _without_surrogates(record: AccessRecord) -> AccessRecord:
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    safe = {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}
    return msgspec.structs.replace(record, **safe)
