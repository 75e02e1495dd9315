"""The compiled configuration: immutable, swapped by one assignment, kept by each request that began with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from permissions.credential_table import CredentialTable
from permissions.credentials import TokenVerifier
from permissions.decision import GrantTable
from proxy.balancing.balancer import Balancer
from proxy.balancing.candidates import usable
from proxy.batch.batch import serve_batch
from proxy.breaker.service_breakers import ServiceBreakers
from proxy.exchange import Captures, Exchange
from proxy.forwarding.retry_budget import RetryBudget
from proxy.jwks import JwksKeys
from proxy.limiting.limit import consumer_limits
from proxy.live_state import LiveState
from proxy.metering.meter import RouteMeter
from proxy.options import GatewayOptions
from proxy.principal import PrincipalCache
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.parts import Parts
from proxy.transport.pool import Endpoint, Pool
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec
from routing.target import compile_target
from services.spec import InstanceSpec, ServiceSpec

Decision = Callable[[Exchange], Awaitable[None] | None]
Fold = Callable[[RouteSpec, Parts], tuple[Decision, ...]]

CONTROL = "control"
"""Id of the built-in service that stands for this node's own control plane."""
BATCH = "batch"
"""Id of the built-in route that takes batches."""


class Report(Protocol):
    """Takes what came of asking an instance: it answered with less than 500, or failed.

    A client that left says nothing about the instance and is not reported.
    """

    def __call__(self, instance_id: str, *, success: bool) -> None:
        """Cheap where it is no news."""


@dataclass(frozen=True, slots=True)
class CompiledService:
    """A service with the instances that may be asked and the pool of each, by instance id.

    One with a `problem` cannot be spoken to: its routes answer an error, those of others do not notice (rule T9).
    """

    spec: ServiceSpec
    usable: tuple[InstanceSpec, ...]
    """By configuration; which of them may be asked now, `candidates` tells."""
    pools: dict[str, Pool]
    candidates: Callable[[], Sequence[InstanceSpec]]
    """The same object as long as nothing has changed (`proxy/health/availability.py`)."""
    report: Report
    problem: str = ""
    breakers: ServiceBreakers | None = None
    retries: RetryBudget = field(default_factory=RetryBudget)

    @classmethod
    def unwatched(cls, spec: ServiceSpec, pools: dict[str, Pool] | None = None, problem: str = "") -> CompiledService:
        """One whose instances may always be asked, which have a pool each; none without."""
        instances = spec.instances if pools else ()
        return cls(spec, instances, pools or {}, lambda: instances, _nothing, problem)


def _nothing(instance_id: str, *, success: bool) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """A route with everything resolved that does not depend on the request."""

    spec: RouteSpec
    service: CompiledService
    balancer: Balancer
    target: Callable[[bytes, Captures], bytes]
    chain: tuple[Decision, ...]
    problem: str = ""
    meter: RouteMeter | None = None
    """Where its requests are counted; those of the control plane are not."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision, ready for traffic."""

    revision: int
    table: RouteTable[CompiledRoute]
    services: dict[str, CompiledService]
    control_route: CompiledRoute | None
    parts: Parts
    """What its chains were folded from."""
    routes: int
    problems: int = 0
    """Routes and services that cannot be served as they stand (G-504)."""
    batch_path: bytes = b""
    """Where batches are served; empty for nowhere."""
    batch_route: CompiledRoute | None = None


def compile_snapshot(
    configuration: Configuration,
    options: GatewayOptions,
    live: LiveState,
    keys: JwksKeys,
    fold: Fold,
    control_socket: str = "",
) -> Snapshot:
    """The snapshot of a configuration.

    A route that cannot be compiled keeps its place with its problem (G-504), so no broader route serves its paths.
    """
    services = {spec.id: _service(spec, live) for spec in configuration.services}
    parts = _parts(configuration, services, options, live, keys)
    table, broken = _table(configuration.routes, lambda spec: _route(spec, services, live, parts, fold))
    unbound = replace(parts, services={}, global_plugins={}, consumer_limits={}, caches=False)
    control = _control_route(control_socket, live, unbound, fold) if control_socket else None
    return Snapshot(
        revision=configuration.revision,
        table=table,
        services=services,
        control_route=control,
        parts=parts,
        routes=len(configuration.routes),
        problems=broken + sum(1 for service in services.values() if service.problem or service.spec.problem),
        batch_path=options.batch_path.encode(),
        batch_route=_batch_route(options.batch_path, live),
    )


def _parts(
    configuration: Configuration,
    services: dict[str, CompiledService],
    options: GatewayOptions,
    live: LiveState,
    keys: JwksKeys,
) -> Parts:
    grants = GrantTable(configuration.grants, configuration.consumers)
    return Parts(
        options,
        TokenVerifier(configuration.issuers, configuration.revoked_tokens, keys),
        CredentialTable(configuration.credentials),
        PrincipalCache(configuration.grants, grants),
        keys,
        live.counters,
        live.board,
        live,
        services={service.spec.name: service for service in services.values()},
        consumers={consumer.name: consumer for consumer in configuration.consumers},
        consumer_plugins=frozenset(consumer.name for consumer in configuration.consumers if consumer.plugins),
        consumer_limits=consumer_limits(configuration.consumers),
        global_plugins=configuration.plugins,
        caches=any(spec.cache_enabled for spec in configuration.routes),
    )


def _table(
    specs: tuple[RouteSpec, ...], compiled: Callable[[RouteSpec], CompiledRoute]
) -> tuple[RouteTable[CompiledRoute], int]:
    """The routing table, and how many of its routes are broken.

    Only when it refuses a route are they tried one by one to mark the broken ones.
    """
    entries = [(spec, compiled(spec)) for spec in specs]
    try:
        table = RouteTable(entries)
    except ValueError:
        entries = [(spec, compiled(spec)) for spec in marked(specs)]
        table = RouteTable(entries)
    return table, sum(1 for _, route in entries if route.problem)


def _service(spec: ServiceSpec, live: LiveState) -> CompiledService:
    candidates = usable(spec)
    try:
        pools = {instance.id: live.pool(spec, instance) for instance in candidates}
    except ValueError as error:
        return CompiledService.unwatched(spec, problem=str(error))
    availability = live.availability(spec)
    return CompiledService(
        spec,
        candidates,
        pools,
        availability.candidates,
        availability.report,
        breakers=ServiceBreakers(spec, live.board),
        retries=live.retry_budget(spec),
    )


def _route(
    spec: RouteSpec, services: dict[str, CompiledService], live: LiveState, parts: Parts, fold: Fold
) -> CompiledRoute:
    service = services.get(spec.service_id)
    meter = live.meters.route(spec.name or spec.id, spec.service_name)
    try:
        if spec.problem:
            raise ValueError(spec.problem)
        if service is None:
            raise ValueError(f"service {spec.service_name} is not in the configuration")
        if service.problem:
            raise ValueError(service.problem)
        balancer = live.balancer(service.spec, spec.load_balance_strategy)
        return CompiledRoute(spec, service, balancer, compile_target(spec), fold(spec, parts), meter=meter)
    except Exception as error:  # noqa: BLE001 - one row that is wrong, however, must not take the others with it
        nowhere = ServiceSpec(id=spec.service_id, name=spec.service_name)
        balancer = live.balancer(nowhere, "round_robin")
        return CompiledRoute(
            spec, CompiledService.unwatched(nowhere), balancer, _as_sent, (), problem=_said(error), meter=meter
        )


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def _control_route(control_socket: str, live: LiveState, parts: Parts, fold: Fold) -> CompiledRoute:
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
    return CompiledRoute(spec, compiled, live.balancer(service, "round_robin"), _as_sent, fold(spec, parts))


def _batch_route(path: str, live: LiveState) -> CompiledRoute:
    """What the worker itself does with a batch: its parts are the requests that policies are for (G-290)."""
    nowhere = ServiceSpec(id=BATCH, name="")
    spec = RouteSpec(
        id=BATCH, service_id=BATCH, service_name="", path_pattern=path, target_url="/", path_kind="exact",
        requires_auth=False, rate_limit_rpm=None, circuit_breaker_enabled=False,
    )  # fmt: skip
    service = CompiledService.unwatched(nowhere)
    return CompiledRoute(spec, service, live.balancer(nowhere, "round_robin"), _as_sent, (serve_batch,))


def _as_sent(path: bytes, captures: Captures) -> bytes:
    return path
