"""What a store of bytes must offer the cache: transactions that read, and one at a time that writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Transaction(Protocol):
    """A view of the shelf; what `get` gives may be looked at until the transaction ends."""

    def get(self, key: bytes, /) -> Any:
        """The bytes of `key`, None when there are none."""

    def put(self, key: bytes, value: bytes, /) -> object:
        """Sets the bytes of `key`."""

    def delete(self, key: bytes, /) -> object:
        """Removes `key` if it is there."""


class Shelf(Protocol):
    """Bytes by key. Anything but own memory may raise `lmdb.Error` or `OSError` from every call."""

    def version(self) -> int:
        """Another number after each write, whoever wrote."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that only reads; it waits for nobody."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that is done as a whole or, when it raises, not at all."""

    def after(self, transaction: Transaction, place: bytes, count: int) -> list[tuple[bytes, Any]]:
        """At most `count` keys from `place` on with their bytes, in order."""

    def is_crowded(self, transaction: Transaction) -> bool:
        """Whether so much is stored that something should go."""

    def clear(self) -> None:
        """Forgets everything."""

    def close(self) -> None:
        """Lets go of what it holds open."""


def walk(shelf: Shelf, transaction: Transaction, prefix: bytes, step: int = 64) -> Iterator[tuple[bytes, Any]]:
    """Every key that begins with `prefix`, with its bytes."""
    place = prefix
    while True:
        found = shelf.after(transaction, place, step)
        for key, value in found:
            if not key.startswith(prefix):
                return
            yield key, value
        if len(found) < step:
            return
        place = found[-1][0] + b"\0"
