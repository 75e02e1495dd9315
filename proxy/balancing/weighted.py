"""Smooth weighted round robin, as nginx does it: shares are exact and spread evenly.

At each choice every instance earns its weight in credit; the richest is chosen and pays what all have earned.
Weights 100, 200 and 300 give exactly that many of 600 choices, never in bursts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from proxy.balancing.balancer import Uncounted
from services.spec import InstanceSpec


class SmoothWeighted(Uncounted):
    """Credit by instance id.

    Those that stay keep their credit when candidates or weights change, scaled to the new sum of weights, so that
    debts from large weights cannot starve an instance under small ones. A new instance starts at the average,
    which makes it neither first nor last.
    """

    __slots__ = ("_candidates", "_credit", "_total")

    def __init__(self) -> None:
        self._candidates: Sequence[InstanceSpec] = ()
        self._credit: dict[str, float] = {}
        self._total = 0

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The richest of the untried; only those earn and pay."""
        if candidates is not self._candidates:
            self._adopt(candidates)
        credit = self._credit
        best: InstanceSpec | None = None
        most = 0.0
        earned = 0
        for instance in candidates:
            own_id = instance.id
            if own_id in tried:
                continue
            earned += instance.weight
            own = credit[own_id] = credit[own_id] + instance.weight
            if best is None or own > most:
                best, most = instance, own
        if best is not None:
            credit[best.id] = most - earned
        return best

    def _adopt(self, candidates: Sequence[InstanceSpec]) -> None:
        total = sum(instance.weight for instance in candidates)
        kept = [self._credit[instance.id] for instance in candidates if instance.id in self._credit]
        average = sum(kept) / len(kept) if kept else 0
        unchanged = average == 0 and total == self._total and len(kept) == len(candidates) == len(self._credit)
        if not unchanged:
            scale = total / self._total if self._total else 1
            self._credit = {
                instance.id: min(max((self._credit.get(instance.id, average) - average) * scale, -total), total)
                for instance in candidates
            }
        self._total = total
        self._candidates = candidates
