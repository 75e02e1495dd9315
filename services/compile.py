"""Rows to specs: two queries however many services there are."""

from __future__ import annotations

from django.db.models import Prefetch

from services.models import Service, ServiceInstance
from services.spec import InstanceSpec, ServiceSpec


def service_specs() -> tuple[ServiceSpec, ...]:
    """Every service with its instances, in the order of their registration."""
    instances = Prefetch("instances", ServiceInstance.objects.order_by("registered_at", "id"))
    return tuple(_service(row) for row in Service.objects.order_by("id").prefetch_related(instances))


def _service(row: Service) -> ServiceSpec:
    return ServiceSpec(
        id=str(row.pk),
        name=row.name,
        instances=tuple(_instance(one) for one in row.instances.all()),
        connect_timeout_seconds=row.connect_timeout_seconds,
        verify_tls=row.verify_tls,
        tls_server_name=row.tls_server_name,
        tls_ca_pem=row.tls_ca_pem,
    )


def _instance(row: ServiceInstance) -> InstanceSpec:
    return InstanceSpec(
        id=str(row.pk),
        instance_id=row.instance_id,
        scheme=row.protocol,  # type: ignore[arg-type]
        host=row.host,
        port=row.port,
        weight=row.weight,
        status=row.status,  # type: ignore[arg-type]
    )
