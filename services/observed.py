"""What the traffic sees of instances, beyond what their rows say. A node registers the observer.

This app knows no node: in a process that belongs to none and carries no traffic, a row's status and lease are the
truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from revisions.current import moment
from services.models import InstanceStatus, ServiceInstance


@dataclass(frozen=True, slots=True)
class Observation:
    """One instance as the traffic sees it."""

    status: str
    reason: str
    """Why it is not healthy: `configured`, `health_check`, `lease` or `ejected`."""
    last_health_check: datetime | None


class Observer(Protocol):
    """Knows what the workers of this node go by."""

    def observe(self, rows: Iterable[ServiceInstance]) -> Mapping[UUID, Observation]:
        """Each of these instances, by its primary key."""

    def renewed(self, instance: ServiceInstance) -> None:
        """Its lease has been renewed: if it had lapsed, the workers take it back."""


class _Rows:
    """The observer of a process that belongs to no node."""

    def observe(self, rows: Iterable[ServiceInstance]) -> Mapping[UUID, Observation]:
        """By the rows alone."""
        return {row.pk: _by_row(row) for row in rows}

    def renewed(self, instance: ServiceInstance) -> None:
        """Nobody to tell."""


def _by_row(row: ServiceInstance) -> Observation:
    if row.status != InstanceStatus.HEALTHY:
        return Observation(row.status, "configured", row.last_health_check)
    if row.lease_seconds and row.lease_expires_at and row.lease_expires_at <= timezone.now():
        return Observation(InstanceStatus.UNHEALTHY, "lease", row.last_health_check)
    return Observation(row.status, "", row.last_health_check)


_observers: list[Observer] = [_Rows()]


def register(observer: Observer) -> None:
    """Makes this the observer."""
    _observers[1:] = [observer]


def unregister() -> None:
    """Back to the rows."""
    del _observers[1:]


def observe(rows: Iterable[ServiceInstance]) -> Mapping[UUID, Observation]:
    """Each of these instances as the traffic sees it, by primary key; of an earlier revision, as it was configured."""
    if moment() is not None:
        return {row.pk: Observation(row.status, "configured", row.last_health_check) for row in rows}
    return _observers[-1].observe(rows)


def renewed(instance: ServiceInstance) -> None:
    """Tells the node of a renewed lease."""
    _observers[-1].renewed(instance)


def healthy_count(service_name: str | None = None) -> int:
    """How many instances get requests, of all services or of one."""
    rows = ServiceInstance.objects.all()
    if service_name is not None:
        rows = rows.filter(service__name=service_name)
    return healthy_among(rows)


def healthy_among(rows: QuerySet[ServiceInstance]) -> int:
    """How many of these get requests."""
    seen = observe(rows.filter(status=InstanceStatus.HEALTHY))
    return sum(one.status == InstanceStatus.HEALTHY for one in seen.values())
