"""One at random, each as likely as its weight says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from itertools import accumulate

from proxy.balancing.balancer import Uncounted
from services.spec import InstanceSpec


class WeightedRandom(Uncounted):
    """The running sums of the candidates' weights, made once a configuration. `random` gives numbers in [0, 1)."""

    __slots__ = ("_candidates", "_random", "_sums")

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._candidates: Sequence[InstanceSpec] = ()
        self._sums: list[int] = []

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """Any of the untried; after a failure the others keep their proportions."""
        if tried:
            untried = [instance for instance in candidates if instance.id not in tried]
            return self._one_of(untried, _sums(untried))
        if candidates is not self._candidates:
            self._candidates, self._sums = candidates, _sums(candidates)
        return self._one_of(candidates, self._sums)

    def _one_of(self, instances: Sequence[InstanceSpec], sums: list[int]) -> InstanceSpec | None:
        return instances[bisect_right(sums, int(self._random() * sums[-1]))] if sums else None


def _sums(instances: Sequence[InstanceSpec]) -> list[int]:
    return list(accumulate(instance.weight for instance in instances))
