"""What a strategy of choosing instances offers the dispatch stage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from services.spec import InstanceSpec


class Balancer(Protocol):
    """Live state of one service under one strategy; its owner keeps it across configurations.

    State is kept by instance id. An instance that is no longer among the candidates is forgotten, except for
    the requests it still has running.
    """

    def pick(self, candidates: Sequence[InstanceSpec], tried: Collection[str], key: bytes = b"") -> InstanceSpec | None:
        """The instance for the next attempt, None when every candidate's id is in `tried`.

        Pass the same sequence object as long as nothing has changed: a new one is compared and adopted. `key` is
        what the request is hashed by; it is empty, and costs nothing, unless the route's strategy is `hash`.
        """

    def acquire(self, instance_id: str) -> None:
        """A request to this instance begins."""

    def release(self, instance_id: str) -> None:
        """A request to this instance has ended, however it ended."""

    def observe(self, instance_id: str, seconds: float) -> None:
        """This instance began its answer so many seconds after it was asked, connecting included."""

    def failed(self, instance_id: str) -> None:
        """An attempt at this instance failed without an answer."""


class Unobserved:
    """The part of `Balancer` for strategies that do not look at latency."""

    __slots__ = ()

    def observe(self, instance_id: str, seconds: float) -> None:
        """Nothing to learn."""

    def failed(self, instance_id: str) -> None:
        """Nothing to learn."""


class Uncounted(Unobserved):
    """The part of `Balancer` for strategies that do not look at running requests either."""

    __slots__ = ()

    def acquire(self, instance_id: str) -> None:
        """Nothing to count."""

    def release(self, instance_id: str) -> None:
        """Nothing was counted."""
