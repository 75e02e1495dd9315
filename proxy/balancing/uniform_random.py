"""One at random, each as likely as the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from proxy.balancing.balancer import Uncounted
from services.spec import InstanceSpec


class UniformRandom(Uncounted):
    """Without state. `random` gives numbers in [0, 1)."""

    __slots__ = ("_random",)

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """Any of the untried; weights do not count."""
        untried = [instance for instance in candidates if instance.id not in tried] if tried else candidates
        return untried[int(self._random() * len(untried))] if untried else None
