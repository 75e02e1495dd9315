"""A board shared by the processes of one machine: an LMDB file, and one word of memory that tells of changes."""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path

from proxy.state.counter_store import Outcome, Rule
from proxy.state.noticed import Noticed
from proxy.state.shared_counters import SharedCounters

MAP_BYTES = 16 * 1024 * 1024
WORD_BYTES = 8


class SharedBoard(SharedCounters):
    """Entries in the LMDB environment in `directory`, made when it is missing.

    The word is the time of the newest change in nanoseconds, written after the change. Two writers may write theirs in
    the wrong order; both differ from whatever a reader had seen, so it looks again. A writer that is killed between its
    change and the word leaves the others to learn of it with the next change of anything.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        super().__init__(directory, MAP_BYTES)
        self._memory = _word(directory / "version")
        self._version = memoryview(self._memory).cast("Q")

    def version(self) -> int:
        """As `Board.version`."""
        return self._version[0]

    def read(self, key: bytes) -> bytes:
        """As `Board.read`."""
        with self._environment.begin() as transaction:
            held: bytes | None = transaction.get(key)
        return b"" if held is None else held[self.EXPIRY_BYTES :]

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`."""
        noticed = Noticed(rule)
        outcome = super().change(key, noticed, now)
        if noticed.wrote:
            self._version[0] = time.monotonic_ns()
        return outcome

    def close(self) -> None:
        """Unmaps both."""
        self._version.release()
        self._memory.close()
        super().close()


def _word(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < WORD_BYTES:
            os.ftruncate(descriptor, WORD_BYTES)
        return mmap.mmap(descriptor, WORD_BYTES)
    finally:
        os.close(descriptor)
