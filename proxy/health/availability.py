"""The instances of one service that may be asked now (`candidates`), and what their answers tell (`report`).

Everything it judges by lies on the board, so all workers agree, a reload forgets nothing, and a request costs a
comparison of versions. In this order: the row's own status, active checks, lease, ejection, tier, slow start.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from proxy.balancing.candidates import usable
from proxy.health.condition import health_of, lease_of
from proxy.health.ejection import Ejections, Report, decode_ejections, ejection_key
from proxy.health.slow_start import ramped
from proxy.state.board import Board
from services.spec import InstanceSpec, ServiceSpec


class Availability:
    """What is derived from the board for one compiled service.

    `arrived` tells by instance id since when one is in the configuration or was made healthy in it, seconds of `now`.
    """

    __slots__ = (
        "_arrived", "_board", "_current", "_doubted", "_due", "_failing", "_key", "_now", "_seen", "_siblings", "_spec",
        "_usable",
    )  # fmt: skip

    def __init__(
        self,
        spec: ServiceSpec,
        board: Board,
        arrived: dict[str, float] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._board = board
        self._arrived = {} if arrived is None else arrived
        self._now = now
        self._usable = usable(spec)
        self._siblings = frozenset(instance.id for instance in self._usable)
        self._key = ejection_key(spec.id)
        self._failing: frozenset[str] = frozenset()
        """Ids of those with failed requests to forget."""
        self._doubted: frozenset[str] = frozenset()
        self._current: tuple[InstanceSpec, ...] = self._usable
        self._due: float | None = None
        """When the passing of time alone changes something; None: it does not."""
        self._seen: int | None = None
        """The version of the board that `_current` was made of."""

    def candidates(self) -> Sequence[InstanceSpec]:
        """The same object as long as nothing has changed."""
        if self._board.version() == self._seen and (self._due is None or self._now() < self._due):
            return self._current
        return self._look()

    def doubted(self) -> frozenset[str]:
        """Ids of the candidates that have yet to show that they are well, as of the last look."""
        return self._doubted

    def report(self, instance_id: str, *, success: bool, is_certain: bool = True) -> None:
        """An instance was asked and answered with less than 500, or failed. A success is mostly no news."""
        if success and instance_id not in self._failing:
            return
        policy = self._spec.health
        if policy.eject_after is not None:
            told = Report(instance_id, success, policy, self._siblings, is_certain)
            self._board.change(self._key, told, self._now())

    def _look(self) -> tuple[InstanceSpec, ...]:
        self._seen = self._board.version()  # before the entries are read: a change meanwhile is looked at next time
        now = self._now()
        ejections = decode_ejections(self._board.read(self._key)) if self._spec.health.eject_after is not None else {}
        self._doubted = frozenset(key for key, one in ejections.items() if one.is_doubted(now))
        self._failing = self._doubted.union(key for key, one in ejections.items() if one.run)
        since = dict(self._arrived)
        up = [instance for instance in self._usable if self._is_up(instance, since)]
        changes = []
        for key, one in ejections.items():
            if one.is_out(now):
                changes.append(one.until)
            else:
                since[key] = max(since.get(key, 0.0), one.until)
            if one.is_doubted(now):
                changes.append(one.doubt)
        tier = first_tier(up, ejections, now)
        found, next_step = ramped(tier, since, self._spec.slow_start_seconds, now)
        self._due = min(changes + next_step, default=None)
        if found != self._current:
            self._current = found
        return self._current

    def _is_up(self, instance: InstanceSpec, since: dict[str, float]) -> bool:
        """By its checks and its lease; `since` learns when they last brought it back."""
        health, lease = health_of(instance, self._board), lease_of(instance, self._board)
        since[instance.id] = max(since.get(instance.id, 0.0), health.since, lease.since)
        return health.is_healthy and not lease.is_lapsed


def first_tier(up: Sequence[InstanceSpec], ejections: Ejections, now: float) -> list[InstanceSpec]:
    """The instances of the lowest tier that has any left.

    Ejection is suspicion: where it would leave nothing of any tier, it is not heeded.
    """
    trusted = [one for one in up if one.id not in ejections or not ejections[one.id].is_out(now)] or up
    lowest = min((one.priority for one in trusted), default=0)
    return [one for one in trusted if one.priority == lowest]
