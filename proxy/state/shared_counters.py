"""Counters shared by the processes of one machine: an LMDB file, best on a file system in memory.

One write transaction reads, decides and writes, and LMDB lets one writer in at a time across processes. Its lock is a
robust mutex: a writer that is killed while it holds it leaves the last committed states and a lock the next one takes.
Nothing is ever synced to a disk, for the counters need not outlive the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from struct import Struct

import lmdb

from proxy.state.counter_store import JointRule, Outcome, Rule

MAP_BYTES = 64 * 1024 * 1024
ROOM = 0.75
"""Part of the map that may be used; beyond it the sweep removes states that have not expired too. The rest is what
copy-on-write and the sweep itself need."""
SWEEP_EVERY = 32
"""Changes by this process between two looks for states that have expired."""
SWEEP_ENTRIES = 64
"""States looked at each time: twice what can have been added, so that expired ones stay fewer than the living."""

_EXPIRY = Struct("=d")


class SharedCounters:
    """States in the LMDB environment in `directory`, which every process opens for itself.

    Each value is the time its state expires, then the state. Raises `lmdb.Error` or `OSError` whenever the file cannot
    be used.
    """

    EXPIRY_BYTES = _EXPIRY.size

    def __init__(self, directory: Path, map_bytes: int = MAP_BYTES) -> None:
        self._environment = lmdb.open(
            str(directory),
            map_size=map_bytes,
            create=True,
            mode=0o600,
            lock=True,
            sync=False,
            metasync=False,
            meminit=False,
        )
        self._most_pages = int(map_bytes * ROOM) // self._environment.stat()["psize"]
        self._until_sweep = SWEEP_EVERY
        self._place = b""
        """The key the next sweep begins with."""

    def __len__(self) -> int:
        return int(self._environment.stat()["entries"])

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`. It waits for other writers, some microseconds each."""
        with self._environment.begin(write=True, buffers=True) as transaction:
            held = transaction.get(key)
            outcome, state = rule.decide(b"" if held is None else held[_EXPIRY.size :], now)
            if state is not None:
                transaction.put(key, _EXPIRY.pack(now + rule.lifetime) + state)
                self._until_sweep -= 1
                if not self._until_sweep:
                    self._until_sweep = SWEEP_EVERY
                    self._sweep(transaction, now)
        return outcome

    def change_all(self, keys: Sequence[bytes], rule: JointRule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change_all`: all are read before the first is written, for a write moves what was read."""
        with self._environment.begin(write=True, buffers=True) as transaction:
            held = [transaction.get(key) for key in keys]
            outcome, states = rule.decide([b"" if one is None else one[_EXPIRY.size :] for one in held], now)
            for key, state, lifetime in zip(keys, states, rule.lifetimes, strict=True):
                if state is not None:
                    transaction.put(key, _EXPIRY.pack(now + lifetime) + state)
                    self._until_sweep -= 1
            if self._until_sweep <= 0:
                self._until_sweep = SWEEP_EVERY
                self._sweep(transaction, now)
        return outcome

    def _sweep(self, transaction: lmdb.Transaction, now: float) -> None:
        """Walks on by `SWEEP_ENTRIES` states and removes what has expired, or all of them where room is short."""
        stat = self._environment.stat()
        crowded = stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"] > self._most_pages
        with transaction.cursor() as cursor:
            cursor.set_range(self._place)
            for _ in range(SWEEP_ENTRIES):
                if not cursor.key():
                    break
                if crowded or _EXPIRY.unpack_from(cursor.value())[0] <= now:
                    cursor.delete()
                else:
                    cursor.next()
            self._place = bytes(cursor.key())

    def close(self) -> None:
        """Unmaps the file."""
        self._environment.close()
