"""Sharing requests out by weight. Pure.

`SmoothSplit` gives exact shares: of any `sum(weights)` choices in a row each place has exactly its weight, spread
evenly. `place_of` gives one key always the same place; the shares are as even as the hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b


class SmoothSplit:
    """Smooth weighted round robin over places: all earn their weight, the richest is chosen and pays the sum."""

    __slots__ = ("__weakref__", "_credit", "_total", "weights")

    def __init__(self, weights: Sequence[int]) -> None:
        """Raises `ValueError` when there is nothing to share out."""
        self.weights = tuple(weights)
        self._total = sum(self.weights)
        if self._total <= 0:
            raise ValueError("at least one weight must be above 0")
        self._credit = [0] * len(self.weights)

    def next(self) -> int:
        """The place of the next request; one of weight 0 is never chosen."""
        credit = self._credit
        best = -1
        for place, weight in enumerate(self.weights):
            credit[place] += weight
            if weight and (best < 0 or credit[place] > credit[best]):
                best = place
        credit[best] -= self._total
        return best


def place_of(key: bytes, weights: Sequence[int]) -> int:
    """The place of a key. Places own stretches in the order given, so a first one that grows keeps what it has."""
    rest = int.from_bytes(blake2b(key, digest_size=8).digest()) % sum(weights)
    for place, weight in enumerate(weights):
        if rest < weight:
            return place
        rest -= weight
    raise AssertionError("the rest is below the sum of the weights")
