"""From a configuration to a snapshot. What has not changed since the snapshot before is taken over from it.

A route is compiled anew when its own spec has changed, when one of its services has, or when something has changed that
any request may depend on: who callers are, what they may do, the plugins bound to everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from permissions.credential_table import CredentialTable
from permissions.credentials import TokenVerifier
from permissions.decision import GrantTable
from proxy.balancing.candidates import usable
from proxy.breaker.service_breakers import ServiceBreakers
from proxy.jwks import JwksKeys
from proxy.limiting.limit import consumer_limits
from proxy.live_state import LiveState
from proxy.options import GatewayOptions
from proxy.principal import PrincipalCache
from proxy.snapshot.built_in import as_sent, batch_route, control_route
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.parts import Parts
from proxy.snapshot.snapshot import CompiledRoute, CompiledService, Fold, Snapshot
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec
from routing.target import compile_target
from services.spec import ServiceSpec

Routes = dict[str, CompiledRoute]
"""By id."""


def compile_snapshot(
    configuration: Configuration,
    options: GatewayOptions,
    live: LiveState,
    keys: JwksKeys,
    fold: Fold,
    control_socket: str = "",
    before: Snapshot | None = None,
) -> Snapshot:
    """The snapshot of a configuration, `before` being the one in force, made with the same arguments.

    A route that cannot be compiled keeps its place with its problem (G-504), so no broader route serves its paths.
    """
    if before is not None and _common(before.configuration) != _common(configuration):
        before = None
    services = _services(configuration, live, before)
    if before is None:
        parts = _parts(configuration, services, options, live, keys)
    else:
        parts = replace(before.parts, services=_by_name(services))
    kept = {} if before is None else _kept(before, configuration, services)
    table, routes = _table(configuration, kept, before, lambda spec: _route(spec, services, parts, live, fold))
    unbound = replace(parts, services={}, global_plugins={}, consumer_limits={}, caches=False)
    return Snapshot(
        revision=configuration.revision,
        table=table,
        services=services,
        control_route=control_route(control_socket, live, unbound, fold) if control_socket else None,
        parts=parts,
        configuration=configuration,
        compiled=routes,
        problems=_problems(routes, services),
        batch_path=options.batch_path.encode(),
        batch_route=batch_route(options.batch_path, live),
    )


def _problems(routes: Routes, services: dict[str, CompiledService]) -> int:
    broken = sum(1 for service in services.values() if service.problem or service.spec.problem)
    return broken + sum(1 for route in routes.values() if route.problem)


def _common(configuration: Configuration) -> tuple[Any, ...]:
    """What every route may depend on."""
    return (
        configuration.plugins,
        configuration.issuers,
        configuration.grants,
        configuration.consumers,
        configuration.credentials,
        configuration.revoked_tokens,
        _caches(configuration),
    )


def _caches(configuration: Configuration) -> bool:
    return any(spec.cache_enabled for spec in configuration.routes)


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
        services=_by_name(services),
        consumers={consumer.name: consumer for consumer in configuration.consumers},
        consumer_plugins=frozenset(consumer.name for consumer in configuration.consumers if consumer.plugins),
        consumer_limits=consumer_limits(configuration.consumers),
        global_plugins=configuration.plugins,
        caches=_caches(configuration),
    )


def _by_name(services: dict[str, CompiledService]) -> dict[str, CompiledService]:
    return {service.spec.name: service for service in services.values()}


def _services(configuration: Configuration, live: LiveState, before: Snapshot | None) -> dict[str, CompiledService]:
    """By id; the very objects of before where nothing has changed."""
    held = {} if before is None else before.services
    found = {}
    for spec in configuration.services:
        service = held.get(spec.id)
        found[spec.id] = service if service is not None and service.spec == spec else _service(spec, live)
    return found


def _kept(before: Snapshot, configuration: Configuration, services: dict[str, CompiledService]) -> Routes:
    """The routes that may stay as they are."""
    changed = _changed(before.services, services) | _changed(services, before.services)
    kept = {}
    for spec in configuration.routes:
        held = before.compiled.get(spec.id)
        if held is None or (held.spec is not spec and held.spec != spec):
            continue
        if changed and _depends(held, before.parts, changed):
            continue
        kept[spec.id] = held
    return kept


def _changed(services: dict[str, CompiledService], others: dict[str, CompiledService]) -> set[str]:
    """Ids and names of the services that are not the same among the others."""
    return {word for key, one in services.items() if others.get(key) is not one for word in (key, one.spec.name)}


def _depends(route: CompiledRoute, parts: Parts, changed: Collection[str]) -> bool:
    """Whether a route may have to do with one of the services that changed.

    Plugins of any binding may name any of them, and what is broken may be so for want of one.
    """
    spec = route.spec
    if route.problem or spec.service_id in changed or spec.service_name in changed:
        return True
    service = parts.services.get(spec.service_name)
    bound = service is not None and service.spec.plugins
    return bool(bound or spec.plugins or parts.global_plugins or parts.consumer_plugins)


def _table(
    configuration: Configuration, kept: Routes, before: Snapshot | None, compiled: Callable[[RouteSpec], CompiledRoute]
) -> tuple[RouteTable[CompiledRoute], Routes]:
    """The routing table; only when it refuses a route are they tried one by one to mark the broken ones."""
    routes = {spec.id: kept.get(spec.id) or compiled(spec) for spec in configuration.routes}
    try:
        if before is not None and 2 * len(kept) > len(routes):
            gone = [route.spec for key, route in before.compiled.items() if key not in kept]
            come = [(route.spec, route) for key, route in routes.items() if key not in kept]
            return before.table.changed(gone, come), routes
        return _whole_table(routes), routes
    except ValueError:
        routes = {spec.id: compiled(spec) for spec in marked(configuration.routes)}
        return _whole_table(routes), routes


def _whole_table(routes: Routes) -> RouteTable[CompiledRoute]:
    return RouteTable((route.spec, route) for route in routes.values())


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
        availability.doubted,
        breakers=ServiceBreakers(spec, live.board),
        retries=live.retry_budget(spec),
    )


def _route(
    spec: RouteSpec, services: dict[str, CompiledService], parts: Parts, live: LiveState, fold: Fold
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
            spec, CompiledService.unwatched(nowhere), balancer, as_sent, (), problem=_said(error), meter=meter
        )


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
