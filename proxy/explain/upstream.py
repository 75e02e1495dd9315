"""Where a request would go: the service, its instances as the traffic sees them, the one that would be asked."""

from __future__ import annotations

import time
from collections.abc import Collection

from proxy.breaker.rules import SERVICE
from proxy.errors import GatewayError
from proxy.exchange import Exchange
from proxy.explain.describing import phases
from proxy.explain.explanation import InstanceTold, UpstreamTold
from proxy.explain.scene import Scene
from proxy.forwarding.hash_key import compile_hash_key
from proxy.forwarding.upstream_head import upstream_head
from proxy.health.condition import condition_of
from proxy.health.ejection import decode_ejections, ejection_key
from proxy.snapshot.snapshot import CompiledService
from services.spec import InstanceSpec


def upstream_told(scene: Scene) -> UpstreamTold | None:
    """None where the request is not forwarded anywhere."""
    exchange = scene.exchange
    service = exchange.service
    if service is None:
        return None
    circuits = phases(scene, service.spec)
    avoided = () if exchange.passage is None else exchange.passage.avoiding(())
    usable = {instance.id for instance in service.candidates() if instance.id not in avoided}
    ejections = decode_ejections(scene.parts.board.read(ejection_key(service.spec.id)))
    now = time.monotonic()
    instances = []
    for instance in service.spec.instances:
        condition = condition_of(instance, scene.parts.board, ejections, now)
        instances.append(
            InstanceTold(
                id=instance.id,
                instance_id=instance.instance_id,
                endpoint=endpoint_of(instance),
                weight=instance.weight,
                tier=instance.priority,
                status=condition.status,
                reason=condition.reason,
                circuit=circuits.get(instance.id, "closed"),
                usable=instance.id in usable,
            )
        )
    return UpstreamTold(
        service=service.spec.name,
        diverted=exchange.route is not None and service is not exchange.route.service,
        path=_target(exchange),
        strategy=scene.spec.load_balance_strategy,
        circuit=circuits.get(SERVICE, "closed"),
        instances=tuple(instances),
        picked=_picked(scene, service, avoided),
    )


def endpoint_of(instance: InstanceSpec) -> str:
    """`scheme://host:port`."""
    host = f"[{instance.host}]" if ":" in instance.host else instance.host
    return f"{instance.scheme}://{host}:{instance.port}"


def _target(exchange: Exchange) -> str:
    """Path and query as the instance would get them; empty where they cannot be made."""
    try:
        head = upstream_head(exchange, b"")
    except GatewayError:
        return ""
    return head.split(b" ", 2)[1].decode("latin-1")


def _picked(scene: Scene, service: CompiledService, avoided: Collection[str]) -> str:
    """A worker's own turn cannot be known elsewhere; a hash says the same everywhere."""
    usable = [instance for instance in service.candidates() if instance.id not in avoided]
    if len(usable) == 1:
        return usable[0].id
    if scene.spec.load_balance_strategy != "hash":
        return ""
    balancer = scene.parts.live.balancer(service.spec, "hash")
    picked = balancer.pick(service.candidates(), avoided, compile_hash_key(scene.spec.hash_key)(scene.exchange))
    return picked.id if picked is not None else ""
