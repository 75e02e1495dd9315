"""What a worker can say about this moment, gathered when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.breaker.circuit_breaker import Phase
from proxy.breaker.rules import SERVICE, board_key, decode
from proxy.health.condition import condition_of
from proxy.health.ejection import decode_ejections, ejection_key
from proxy.metering.series import key

if TYPE_CHECKING:
    from proxy.runtime import GatewayRuntime
    from proxy.snapshot.snapshot import CompiledService


CIRCUIT_STATES = {Phase.CLOSED: 0, Phase.HALF_OPEN: 1, Phase.OPEN: 2}


def gauges(runtime: GatewayRuntime, worker: str) -> dict[str, float]:
    """Values by key. `worker` labels what each worker says for itself."""
    snapshot = runtime.snapshot
    found: dict[str, float] = {
        key("in_flight"): runtime.observe.in_flight,
        key("client_connections"): runtime.client_connections(),
        key("active_routes"): len(snapshot.compiled),
        key("config_problems"): snapshot.problems,
        key("config_revision", worker): snapshot.revision,
        key("config_applied", worker): runtime.applied_at,
    }
    healthy = 0
    for service in list(snapshot.services.values()):
        _add_breakers(found, service, runtime)
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


def _add_breakers(found: dict[str, float], service: CompiledService, runtime: GatewayRuntime) -> None:
    """Adds the states of a service's breakers: its own under an empty instance, and those with anything counted."""
    names = {SERVICE: SERVICE} | {instance.id: instance.instance_id for instance in service.spec.instances}
    found[key("circuit_state", service.spec.name, SERVICE)] = 0
    for name, breaker in decode(runtime.live.board.read(board_key(service.spec.id))).items():
        if name in names:
            found[key("circuit_state", service.spec.name, names[name])] = CIRCUIT_STATES[breaker.phase]
