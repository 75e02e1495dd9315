"""Each in turn."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from proxy.balancing.balancer import Uncounted
from services.spec import InstanceSpec


class RoundRobin(Uncounted):
    """A ring of instances; those that stay keep their turn when the ring changes, new ones come last."""

    __slots__ = ("_candidates", "_next", "_ring")

    def __init__(self) -> None:
        self._candidates: Sequence[InstanceSpec] = ()
        self._ring: list[InstanceSpec] = []
        self._next = 0

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The instance whose turn it is; tried ones lose it."""
        if candidates is not self._candidates:
            self._adopt(candidates)
        for _ in self._ring:
            instance = self._ring[self._next]
            self._next = (self._next + 1) % len(self._ring)
            if instance.id not in tried:
                return instance
        return None

    def _adopt(self, candidates: Sequence[InstanceSpec]) -> None:
        waiting = {instance.id: instance for instance in candidates}
        in_turn = self._ring[self._next :] + self._ring[: self._next]
        staying = [waiting.pop(instance.id) for instance in in_turn if instance.id in waiting]
        self._ring = [*staying, *waiting.values()]
        self._next = 0
        self._candidates = candidates
