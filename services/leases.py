"""Leases of instances that registered themselves for a time (G-209).

The row holds the truth: `lease_expires_at`, renewed by each heartbeat. That is no change of the configuration, so it
raises no revision and goes past the queryset that would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from revisions.change import is_rehearsed
from services import observed
from services.models import ServiceInstance


@dataclass(frozen=True, slots=True)
class StoredLease:
    """A lease as its row has it."""

    seconds: int
    expires_at: datetime


def end_of(seconds: int | None) -> datetime | None:
    """When a lease of so many seconds that begins now expires; None for none."""
    return None if seconds is None else timezone.now() + timedelta(seconds=seconds)


def renew(row: ServiceInstance) -> datetime | None:
    """Begins the lease anew, on the row and for the workers; when it expires now. One without a lease is left alone."""
    if row.lease_seconds is None:
        return None
    row.lease_expires_at = end_of(row.lease_seconds)
    ServiceInstance._base_manager.filter(pk=row.pk).update(lease_expires_at=row.lease_expires_at)
    if not is_rehearsed():
        observed.renewed(row)
    return row.lease_expires_at


def stored_leases() -> Mapping[str, StoredLease]:
    """Every lease by the id of its instance, in one query."""
    rows = ServiceInstance._base_manager.filter(lease_seconds__isnull=False)
    values = rows.values_list("pk", "lease_seconds", "lease_expires_at")
    return {
        str(pk): StoredLease(seconds, end) for pk, seconds, end in values if seconds is not None and end is not None
    }


def store_checks(times: Mapping[str, datetime]) -> None:
    """Keeps when instances were last checked, by id; also no change of the configuration."""
    rows = [ServiceInstance(pk=pk, last_health_check=at) for pk, at in times.items()]
    ServiceInstance._base_manager.bulk_update(rows, ["last_health_check"], batch_size=200)
