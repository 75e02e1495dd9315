"""What a worker can say about this moment, gathered when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.health.condition import condition_of
from proxy.health.ejection import decode_ejections, ejection_key
from proxy.metering.series import key

if TYPE_CHECKING:
    from proxy.runtime import GatewayRuntime
    from proxy.snapshot.snapshot import CompiledService


def gauges(runtime: GatewayRuntime, worker: str) -> dict[str, float]:
    """Values by key. `worker` labels what each worker says for itself."""
    snapshot = runtime.snapshot
    found: dict[str, float] = {
        key("in_flight"): runtime.observe.in_flight,
        key("client_connections"): runtime.client_connections(),
        key("active_routes"): snapshot.routes,
        key("config_revision", worker): snapshot.revision,
        key("config_applied", worker): runtime.applied_at,
    }
    healthy = 0
    for service in list(snapshot.services.values()):
        healthy += _add_instances(found, service, runtime)
    found[key("healthy_instances")] = healthy
    return found


def _add_instances(found: dict[str, float], service: CompiledService, runtime: GatewayRuntime) -> int:
    """Adds the figures of a service's instances; how many of them are healthy, those in reserve too."""
    board, name, now = runtime.live.board, service.spec.name, runtime.now()
    ejections = decode_ejections(board.read(ejection_key(service.spec.id)))
    healthy = 0
    for instance in service.spec.instances:
        labels = (name, instance.instance_id)
        condition = condition_of(instance, board, ejections, now)
        is_healthy = condition.status == "healthy"
        healthy += is_healthy
        found[key("target_healthy", *labels)] = float(is_healthy)
        found[key("target_ejected", *labels)] = float(condition.reason == "ejected")
        pool = service.pools.get(instance.id)
        if pool is not None:
            found[key("upstream_connections", *labels, "in_use")] = pool.in_use
            found[key("upstream_connections", *labels, "idle")] = pool.open - pool.in_use
            found[key("upstream_waiting", *labels)] = pool.waiting
    return healthy
