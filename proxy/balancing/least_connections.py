"""The instance with the fewest running requests for its weight."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from proxy.balancing.balancer import Unobserved
from services.spec import InstanceSpec


class LeastConnections(Unobserved):
    """Running requests by instance id; equals take turns, so idle instances share single requests too.

    Counts outlive an instance's absence: one that comes back while old requests still run is not taken for idle.
    """

    __slots__ = ("_running", "_turn")

    def __init__(self) -> None:
        self._running: dict[str, int] = {}
        self._turn = 0

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The untried instance with the lowest count ÷ weight; the search starts one further each time."""
        running = self._running.get
        size = len(candidates)
        self._turn += 1
        best: InstanceSpec | None = None
        lowest = 0.0
        for step in range(self._turn, self._turn + size):
            instance = candidates[step % size]
            load = running(instance.id, 0) / instance.weight
            if (best is None or load < lowest) and instance.id not in tried:
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
