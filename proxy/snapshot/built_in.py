"""The routes that no row stands for: the way to this node's own control plane, and where batches are taken."""

from __future__ import annotations

from proxy.batch.batch import serve_batch
from proxy.exchange import Captures
from proxy.live_state import LiveState
from proxy.snapshot.parts import Parts
from proxy.snapshot.snapshot import BATCH, CONTROL, CompiledRoute, CompiledService, Fold
from proxy.transport.pool import Endpoint
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec


def control_route(control_socket: str, live: LiveState, parts: Parts, fold: Fold) -> CompiledRoute:
    """The way to this node's own control process: an ordinary forward over a Unix socket, never retried."""
    instance = InstanceSpec(id=CONTROL, instance_id=CONTROL, scheme="http", host=CONTROL, port=80)
    service = ServiceSpec(id=CONTROL, name=CONTROL, instances=(instance,))
    pool = live.pool_to(CONTROL, Endpoint(host=CONTROL, port=80, unix_path=control_socket))
    spec = RouteSpec(
        id=CONTROL,
        service_id=CONTROL,
        service_name=CONTROL,
        path_pattern="/",
        target_url="/",
        path_kind="prefix",
        requires_auth=False,
        retry_count=0,
        timeout_seconds=120.0,
        preserve_host=True,
        max_body_bytes=parts.options.max_control_body_bytes,
        rate_limit_rpm=None,
        circuit_breaker_enabled=False,
    )
    compiled = CompiledService.unwatched(service, {CONTROL: pool})
    return CompiledRoute(spec, compiled, live.balancer(service, "round_robin"), as_sent, fold(spec, parts))


def batch_route(path: str, live: LiveState) -> CompiledRoute:
    """What the worker itself does with a batch: its parts are the requests that policies are for (G-290)."""
    nowhere = ServiceSpec(id=BATCH, name="")
    spec = RouteSpec(
        id=BATCH, service_id=BATCH, service_name="", path_pattern=path, target_url="/", path_kind="exact",
        requires_auth=False, rate_limit_rpm=None, circuit_breaker_enabled=False,
    )  # fmt: skip
    service = CompiledService.unwatched(nowhere)
    return CompiledRoute(spec, service, live.balancer(nowhere, "round_robin"), as_sent, (serve_batch,))


def as_sent(path: bytes, captures: Captures) -> bytes:
    """The path that was asked for."""
    return path
