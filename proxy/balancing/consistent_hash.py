"""The same key to the same instance: weighted rendezvous hashing (Thaler and Ravishankar, 1998).

Key and instance together are hashed to a number u in (0, 1); the instance with the lowest −ln(u) ÷ weight gets the
key. That is a race of exponential clocks, so each instance wins exactly its share of the keys. One that joins takes
only the keys it wins, about weight ÷ sum of weights; one that leaves gives up only its own; a changed weight moves
keys only to or from that instance. A ring of points needs hundreds of points an instance to come close to this, and
memory for them; the price here is one hash (about a microsecond) for each instance and request.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b
from math import log

from proxy.balancing.balancer import Uncounted
from services.spec import InstanceSpec

BITS = 52
"""Of the hash that are used: u = (n + ½) ÷ 2⁵² is exact as a float, so never 0 and never 1."""


class ConsistentHash(Uncounted):
    """Hash states that have already taken the instance's id; the id alone decides, so all workers agree."""

    __slots__ = ("_candidates", "_seeded")

    def __init__(self) -> None:
        self._candidates: Sequence[InstanceSpec] = ()
        self._seeded: list[tuple[InstanceSpec, blake2b]] = []

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The untried instance that comes first for the key: a retry goes to its second, then its third."""
        if candidates is not self._candidates:
            self._candidates = candidates
            self._seeded = [(instance, _seeded(instance)) for instance in candidates]
        best: InstanceSpec | None = None
        earliest = 0.0
        for instance, seeded in self._seeded:
            if instance.id in tried:
                continue
            hashed = seeded.copy()
            hashed.update(key)
            number = int.from_bytes(hashed.digest(), "big") >> (64 - BITS)
            time = -log((number + 0.5) / 2**BITS) / instance.weight
            if best is None or time < earliest:
                best, earliest = instance, time
        return best


def _seeded(instance: InstanceSpec) -> blake2b:
    """The id goes in with its length, so that no id and key together look like another pair."""
    identity = instance.id.encode()
    return blake2b(b"%d:%b" % (len(identity), identity), digest_size=8)
