"""The cache of a machine: an LMDB file that all workers and the control process map, best in memory.

Readers wait for nobody and see whole transactions; a process that is killed leaves the last committed state, a lock the
next writer takes, and a reader's place that is cleared when the file is opened or crowded.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import lmdb

from proxy.caching.shelf import Transaction

ROOM = 0.7
"""Part of the map that may be used; the rest is what copy-on-write and long values need."""

LEAST_BYTES = 1024 * 1024
SHARE = 4
"""At most one part in so many of the file system it lies in, which the counters need too."""


class SharedShelf:
    """The LMDB environment in `directory`, made when it is missing. Raises `lmdb.Error` or `OSError`."""

    def __init__(self, directory: Path, map_bytes: int) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        map_bytes = max(LEAST_BYTES, min(map_bytes, _whole(directory) // SHARE))
        self._environment = lmdb.open(
            str(directory), map_size=map_bytes, mode=0o600, sync=False, metasync=False, meminit=False, max_readers=512
        )
        self._environment.reader_check()
        self._main = self._environment.open_db(None)
        self._most_pages = int(map_bytes * ROOM) // self._environment.stat()["psize"]

    def version(self) -> int:
        """As `Shelf.version`: the number of the last transaction that wrote, in whichever process."""
        return int(self._environment.info()["last_txnid"])

    def read(self) -> AbstractContextManager[Transaction]:
        """As `Shelf.read`."""
        return cast(AbstractContextManager[Transaction], self._environment.begin(buffers=True))

    def write(self) -> AbstractContextManager[Transaction]:
        """As `Shelf.write`."""
        return cast(AbstractContextManager[Transaction], self._environment.begin(write=True, buffers=True))

    def after(self, transaction: Transaction, place: bytes, count: int) -> list[tuple[bytes, Any]]:
        """As `Shelf.after`."""
        found: list[tuple[bytes, Any]] = []
        with cast(lmdb.Transaction, transaction).cursor() as cursor:
            there = cursor.set_range(place)
            while there and len(found) < count:
                found.append((bytes(cursor.key()), cursor.value()))
                there = cursor.next()
        return found

    def is_crowded(self, transaction: Transaction) -> bool:
        """As `Shelf.is_crowded`."""
        stat = cast(lmdb.Transaction, transaction).stat(self._main)
        return bool(stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"] > self._most_pages)

    def clear(self) -> None:
        """As `Shelf.clear`."""
        self._environment.reader_check()
        with self._environment.begin(write=True) as transaction:
            transaction.drop(self._main, delete=False)

    def close(self) -> None:
        """As `Shelf.close`."""
        self._environment.close()


def _whole(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_blocks * found.f_frsize
