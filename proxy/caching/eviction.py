"""Makes room on a shelf: what has ended goes, and where room is short what will end first."""

from __future__ import annotations

from os import urandom

from proxy.caching.record import GENERATION, REPLY, ends_at
from proxy.caching.shelf import Shelf, Transaction

SAMPLE = 16
"""Values looked at in one step. Keys are digests, so neighbours are a random sample."""
MOST_STEPS = 512


class Eviction:
    """Walks round the shelf, a step with each reply that is stored."""

    def __init__(self) -> None:
        self._place = REPLY + urandom(4)

    def make_room(self, shelf: Shelf, transaction: Transaction, size: int, now: float) -> None:
        """Removes what has ended; from a crowded shelf twice the `size` of what was added too."""
        crowded = shelf.is_crowded(transaction)
        freed = 0
        for _ in range(MOST_STEPS if crowded else 1):
            freed += self._step(shelf, transaction, now, crowded=crowded)
            if freed >= 2 * size:
                break

    def _step(self, shelf: Shelf, transaction: Transaction, now: float, *, crowded: bool) -> int:
        """Removes what has ended of one sample, on a crowded shelf also the half that will end first."""
        found = shelf.after(transaction, self._place, SAMPLE)
        self._place = found[-1][0] + b"\0" if len(found) == SAMPLE else b""
        sample = sorted((ends_at(value), key, len(value)) for key, value in found if key != GENERATION)
        doomed = (len(sample) + 1) // 2 if crowded else 0
        freed = 0
        for place, (end, key, size) in enumerate(sample):
            if place < doomed or not end > now:
                transaction.delete(key)
                freed += size
        return freed
