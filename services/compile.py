"""Rows to specs: two queries however many services there are."""

from __future__ import annotations

from django.db.models import Prefetch

from revisions.change import is_rehearsed
from revisions.current import moment
from services import owned_names
from services.models import Service, ServiceInstance
from services.spec import BreakerSpec, HealthSpec, InstanceSpec, ServiceSpec


def service_specs() -> tuple[ServiceSpec, ...]:
    """Every service with its instances, in the order of their registration."""
    instances = Prefetch("instances", ServiceInstance.objects.order_by("registered_at", "id"))
    rows = list(Service.objects.order_by("id").prefetch_related(instances))
    if not is_rehearsed() and moment() is None:
        owned_names.remember({row.name: row.owner_id is not None for row in rows})
    return tuple(_service(row) for row in rows)


def _service(row: Service) -> ServiceSpec:
    return ServiceSpec(
        id=str(row.pk),
        name=row.name,
        instances=tuple(instance_spec(one) for one in row.instances.all()),
        connect_timeout_seconds=row.connect_timeout_seconds,
        answer_timeout_seconds=row.answer_timeout_seconds,
        verify_tls=row.verify_tls,
        tls_server_name=row.tls_server_name,
        tls_ca_pem=row.tls_ca_pem,
        breaker=breaker_spec(row),
        health=_health(row),
        slow_start_seconds=row.slow_start_seconds,
        rate_limit_rpm=row.rate_limit_rpm,
        limiter_rate=row.limiter_rate,
        limiter_peak=row.limiter_peak,
        plugins=row.plugins if isinstance(row.plugins, dict) else {},
        problem="" if isinstance(row.plugins, dict) else "plugins: must be an object",
    )


def breaker_spec(row: Service) -> BreakerSpec:
    """When the circuits of a service open."""
    return BreakerSpec(
        max_failures=row.breaker_max_failures,
        interval_seconds=row.breaker_interval_seconds,
        open_seconds=row.breaker_open_seconds,
        half_open_requests=row.breaker_half_open_requests,
        error_rate=row.breaker_error_rate,
        min_requests=row.breaker_min_requests,
    )


def _health(row: Service) -> HealthSpec:
    return HealthSpec(
        timeout_seconds=row.health_timeout_seconds,
        healthy_after=row.health_healthy_after,
        unhealthy_after=row.health_unhealthy_after,
        eject_after=row.eject_after,
        eject_seconds=row.eject_seconds,
        max_ejected_percent=row.max_ejected_percent,
    )


def instance_spec(row: ServiceInstance) -> InstanceSpec:
    """One instance."""
    return InstanceSpec(
        id=str(row.pk),
        instance_id=row.instance_id,
        scheme=row.protocol,  # type: ignore[arg-type]
        host=row.host,
        port=row.port,
        weight=row.weight,
        status=row.status,  # type: ignore[arg-type]
        priority=row.priority,
        health_check_path=row.health_check_url,
        health_check_interval_seconds=row.health_check_interval_seconds,
        lease_seconds=row.lease_seconds,
        lease_expires_at=row.lease_expires_at.timestamp() if row.lease_expires_at else None,
    )
