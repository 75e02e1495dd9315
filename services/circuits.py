"""Circuit breakers and running requests as the traffic has them. Whoever carries it in this node registers.

This app knows no node: in a process that belongs to none, every breaker is closed and nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from services.models import Service

Action = Literal["open", "close", "reset"]

SERVICE = ""
"""The service's own breaker; the others go by the primary key of their instance."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """One breaker."""

    state: str = "closed"
    by_hand: bool = False
    """Opened by somebody, and open until somebody closes it."""
    since: datetime | None = None
    """When it came to this state; None: it has never left it."""
    retry_after_seconds: int | None = None
    """Until the next probe may pass; None when it is closed or opened by hand."""


class Source(Protocol):
    """Knows what the workers of this node go by. Methods may be called from any thread."""

    def circuits(self, service: Service) -> Mapping[str, Circuit]:
        """Its breakers by name; one that is missing has never counted anything."""

    def running(self, service: Service) -> Mapping[str, int]:
        """Requests running now, over all workers, by the textual id of the instance."""

    def change(self, service: Service, name: str, action: Action) -> None:
        """Opens, closes or resets a breaker; resetting the service's resets those of its instances too."""


class NoTraffic(Exception):
    """This process belongs to nothing that carries traffic."""


class _Nobody:
    """The source of a process that belongs to no node."""

    def circuits(self, service: Service) -> Mapping[str, Circuit]:
        """None has counted anything."""
        return {}

    def running(self, service: Service) -> Mapping[str, int]:
        """Nothing."""
        return {}

    def change(self, service: Service, name: str, action: Action) -> None:
        """Raises `NoTraffic`."""
        raise NoTraffic


_sources: list[Source] = [_Nobody()]


def register(source: Source) -> None:
    """Makes this the source."""
    _sources[1:] = [source]


def unregister() -> None:
    """Back to nobody."""
    del _sources[1:]


def source() -> Source:
    """Whom to ask."""
    return _sources[-1]
