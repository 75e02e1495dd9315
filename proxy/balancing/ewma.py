"""The instance that should answer soonest: peak EWMA, as in Finagle.

An instance's latency is an exponentially weighted moving average over time that jumps to a slower answer at once and
forgets it slowly. What is compared is latency × (running requests + 1) ÷ weight.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import exp

from services.spec import InstanceSpec

DECAY_SECONDS = 10.0
"""After so long an observation counts 1/e; a slow instance that gets no requests is tried again as it is forgotten."""
FAILURE_SECONDS = 5.0
"""A failed attempt counts as an answer after so long: a broken instance that refuses at once must not seem fast."""
UNKNOWN_SECONDS = 1.0
"""Taken for the latency of an instance that has not answered yet but has requests running: one at a time."""


class PeakEwma:
    """By instance id: running requests, and latency in seconds with the moment it was worked out.

    `now` gives monotonic seconds. Equals take turns.
    """

    __slots__ = ("_candidates", "_latency", "_now", "_running", "_turn")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._candidates: Sequence[InstanceSpec] = ()
        self._latency: dict[str, tuple[float, float]] = {}
        self._running: dict[str, int] = {}
        self._turn = 0

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The untried instance with the lowest load; the search starts one further each time."""
        if candidates is not self._candidates:
            self._adopt(candidates)
        now, size = self._now(), len(candidates)
        self._turn += 1
        best: InstanceSpec | None = None
        lowest = 0.0
        for step in range(self._turn, self._turn + size):
            instance = candidates[step % size]
            if instance.id in tried:
                continue
            load = self._load(instance, now)
            if best is None or load < lowest:
                best, lowest = instance, load
        return best

    def acquire(self, instance_id: str) -> None:
        """A request begins."""
        self._running[instance_id] = self._running.get(instance_id, 0) + 1

    def release(self, instance_id: str) -> None:
        """A request has ended. Releasing what was not acquired changes nothing."""
        running = self._running.get(instance_id, 0)
        if running > 1:
            self._running[instance_id] = running - 1
        else:
            self._running.pop(instance_id, None)

    def observe(self, instance_id: str, seconds: float) -> None:
        """A slower answer counts in full, a faster one the more the longer the last is ago."""
        now = self._now()
        latency, at = self._latency.get(instance_id, (0.0, now))
        kept = _kept(now - at)
        self._latency[instance_id] = (max(seconds, latency * kept + seconds * (1 - kept)), now)

    def failed(self, instance_id: str) -> None:
        """Counts as a very slow answer."""
        self.observe(instance_id, FAILURE_SECONDS)

    def _load(self, instance: InstanceSpec, now: float) -> float:
        running = self._running.get(instance.id, 0)
        known = self._latency.get(instance.id)
        if known is None:
            return UNKNOWN_SECONDS * (running + 1) / instance.weight if running else 0.0
        return known[0] * _kept(now - known[1]) * (running + 1) / instance.weight

    def _adopt(self, candidates: Sequence[InstanceSpec]) -> None:
        staying = {instance.id for instance in candidates}
        self._latency = {key: latency for key, latency in self._latency.items() if key in staying}
        self._candidates = candidates


def _kept(seconds: float) -> float:
    """How much of an observation is left after so many seconds, 1 to 0."""
    return exp(-seconds / DECAY_SECONDS)
