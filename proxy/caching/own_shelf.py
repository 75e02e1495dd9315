"""The cache of a gateway of one process: its own memory."""

from __future__ import annotations

from bisect import bisect_left, insort
from threading import RLock
from typing import Any

from proxy.caching.shelf import Transaction

ENTRY_BYTES = 300
"""What an entry takes besides key and value, about."""


class OwnShelf:
    """A dictionary with its keys in order, and its own transaction: one thread at a time, for the API has threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._values: dict[bytes, bytes] = {}
        self._keys: list[bytes] = []
        self._bytes = 0
        self._version = 0
        self._lock = RLock()

    def version(self) -> int:
        """As `Shelf.version`."""
        return self._version

    def read(self) -> OwnShelf:
        """As `Shelf.read`."""
        return self

    write = read

    def __enter__(self) -> OwnShelf:
        self._lock.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def get(self, key: bytes, /) -> bytes | None:
        """As `Transaction.get`."""
        return self._values.get(key)

    def put(self, key: bytes, value: bytes, /) -> None:
        """As `Transaction.put`."""
        self.delete(key)
        self._version += 1
        self._values[key] = value
        insort(self._keys, key)
        self._bytes += ENTRY_BYTES + len(value)

    def delete(self, key: bytes, /) -> None:
        """As `Transaction.delete`."""
        held = self._values.pop(key, None)
        if held is not None:
            self._version += 1
            self._bytes -= ENTRY_BYTES + len(held)
            del self._keys[bisect_left(self._keys, key)]

    def after(self, transaction: Transaction, place: bytes, count: int) -> list[tuple[bytes, Any]]:
        """As `Shelf.after`."""
        begin = bisect_left(self._keys, place)
        return [(key, self._values[key]) for key in self._keys[begin : begin + count]]

    def is_crowded(self, transaction: Transaction) -> bool:
        """As `Shelf.is_crowded`."""
        return self._bytes > self._most_bytes

    def clear(self) -> None:
        """As `Shelf.clear`."""
        self._version += 1
        self._values.clear()
        self._keys.clear()
        self._bytes = 0

    def close(self) -> None:
        """As `Shelf.close`."""
        self.clear()
