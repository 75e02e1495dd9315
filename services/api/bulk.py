"""Many instances registered at once: what they refer to is read in two queries, and they are stored together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services import leases
from services.api.serializers import RegistrationSerializer
from services.bulk import NamedServices
from services.models import ServiceInstance
from services.registration import repeated

CHUNK = 300
"""Rows a query asks for: SQLite takes 999 values."""


class RegistrationBatch:
    """By the rules of `register_instance`; a batch may hold the same instance twice."""

    def __init__(self, bodies: Sequence[Mapping[str, Any]], caller: Any) -> None:
        self._serializer = RegistrationSerializer(context={"caller": caller})
        named = {name for body in bodies if isinstance(name := body.get("service_name"), str)}
        self._services = NamedServices(named, caller, lambda service: ServiceInstance(service=service))
        ids = sorted({text for body in bodies if isinstance(text := body.get("instance_id"), str)})
        self._known = {(row.service_id, row.instance_id): row for row in _stored(ids)}
        self._new: list[ServiceInstance] = []

    def add(self, body: Mapping[str, Any]) -> ServiceInstance:
        """The instance, which is stored with all others, or the one there is. Raises what registering it would."""
        values = self._serializer.run_validation(dict(body))
        row = ServiceInstance(service=self._services.named(values.pop("service_name")), **values)
        existing = self._known.get((row.service_id, row.instance_id))
        if existing is not None:
            return repeated(existing, row)
        row.lease_expires_at = leases.end_of(row.lease_seconds)
        self._known[row.service_id, row.instance_id] = row
        self._new.append(row)
        return row

    def store(self) -> None:
        """Writes them."""
        ServiceInstance.objects.bulk_create(self._new)


def _stored(ids: Sequence[str]) -> list[ServiceInstance]:
    """Every instance of one of these ids, of any service."""
    found: list[ServiceInstance] = []
    for start in range(0, len(ids), CHUNK):
        rows = ServiceInstance.objects.filter(instance_id__in=ids[start : start + CHUNK])
        found += rows.select_related("service").order_by("pk")
    return found
