"""What a worker has found on the shelf last: good until somebody writes to the shelf, for one look at its version.

Reading and decoding a stored reply costs 7 µs, a third of a request; most that is asked for is asked for again at once.
"""

from __future__ import annotations

from typing import NamedTuple

from proxy.caching.entry import Entry

MOST_BYTES = 4 * 1024 * 1024
"""Bodies that are kept so, in a worker."""
LONGEST = 256 * 1024
"""A longer body is read each time."""
MOST_REPLIES = 1024


class Found(NamedTuple):
    """By which fields the replies to an address vary, and those that were found, by the values of the fields."""

    names: tuple[bytes, ...]
    replies: dict[bytes, tuple[Entry, bytes]]


Asked = tuple[bytes, bytes, bytes]
"""Address, route and caller of a question (`reply_store.Question`)."""


class Recent:
    """Never more than `MOST_BYTES` of bodies and `MOST_REPLIES` replies; begins anew when the next is one too many."""

    def __init__(self) -> None:
        self._version = -1
        self._found: dict[Asked, Found] = {}
        self._bytes = self._replies = 0

    def find(self, version: int, asked: Asked) -> Found | None:
        """What was found for `asked` while the shelf had this version."""
        if version != self._version:
            self.clear()
            self._version = version
        return self._found.get(asked)

    def keep(self, asked: Asked, names: tuple[bytes, ...], selected: bytes, reply: tuple[Entry, bytes]) -> None:
        """Remembers what was found, for the version that was last asked about."""
        size = len(reply[1])
        if size > LONGEST:
            return
        if self._bytes + size > MOST_BYTES or self._replies >= MOST_REPLIES:
            self._forget()
        found = self._found.setdefault(asked, Found(names, {}))
        found.replies[selected] = reply
        self._bytes += size
        self._replies += 1

    def clear(self) -> None:
        """Forgets everything, the version too."""
        self._version = -1
        self._forget()

    def _forget(self) -> None:
        self._found.clear()
        self._bytes = self._replies = 0
