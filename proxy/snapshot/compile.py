"""From a configuration to a snapshot. What has not changed since the snapshot before is taken over from it.

A route is compiled anew when its own spec has changed, when one of its services has, or when something has changed that
any request may depend on: who callers are, what they may do, the plugins bound to everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
from proxy.snapshot.built_in import batch_route, control_route
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.difference import gone_and_come
from proxy.snapshot.parts import Parts
from proxy.snapshot.route_compiler import RouteCompiler
from proxy.snapshot.snapshot import CompiledRoute, CompiledService, Fold, Snapshot
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec
from services.spec import ServiceSpec

Routes = dict[str, CompiledRoute]
"""By id."""
Specs = Sequence[RouteSpec]


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
    gone, come = gone_and_come(before.configuration.routes if before else (), configuration.routes)
    caches = _caches(configuration, gone, come, before)
    if before is None or caches != before.parts.caches:
        before = None
        parts = _parts(configuration, services, options, live, keys, caches)
    else:
        parts = replace(before.parts, services=_by_name(services))
    compiler = RouteCompiler(parts, live, fold)
    table, routes, broken = _routes(configuration, services, compiler, before, gone, come)
    unbound = replace(parts, services={}, global_plugins={}, consumer_limits={}, caches=False)
    return Snapshot(
        revision=configuration.revision,
        table=table,
        services=services,
        control_route=control_route(control_socket, live, unbound, fold) if control_socket else None,
        parts=parts,
        configuration=configuration,
        compiled=routes,
        broken=broken,
        problems=len(broken) + sum(1 for service in services.values() if service.problem or service.spec.problem),
        batch_path=options.batch_path.encode(),
        batch_route=batch_route(options.batch_path, live),
    )


def _common(configuration: Configuration) -> tuple[Any, ...]:
    """What every route may depend on."""
    return (
        configuration.plugins,
        configuration.issuers,
        configuration.grants,
        configuration.consumers,
        configuration.credentials,
        configuration.revoked_tokens,
    )


def _caches(configuration: Configuration, gone: Specs, come: Specs, before: Snapshot | None) -> bool:
    """Whether any route has its replies cached; all are looked at only where that may have ended."""
    if any(spec.cache_enabled for spec in come):
        return True
    if before is None or not before.parts.caches:
        return False
    return not any(spec.cache_enabled for spec in gone) or any(spec.cache_enabled for spec in configuration.routes)


def _parts(
    configuration: Configuration,
    services: dict[str, CompiledService],
    options: GatewayOptions,
    live: LiveState,
    keys: JwksKeys,
    caches: bool,
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
        caches=caches,
    )


def _by_name(services: dict[str, CompiledService]) -> dict[str, CompiledService]:
    return {service.spec.name: service for service in services.values()}


def _services(configuration: Configuration, live: LiveState, before: Snapshot | None) -> dict[str, CompiledService]:
    """By id; the very objects of before where nothing has changed."""
    held: dict[str, CompiledService] = {}
    if before is not None:
        held = before.services
        if before.configuration.services is configuration.services:
            return held
    found = {}
    for spec in configuration.services:
        service = held.get(spec.id)
        is_same = service is not None and (service.spec is spec or service.spec == spec)
        found[spec.id] = service if service is not None and is_same else _service(spec, live)
    return found


def _routes(
    configuration: Configuration,
    services: dict[str, CompiledService],
    compiler: RouteCompiler,
    before: Snapshot | None,
    gone: Specs,
    come: Specs,
) -> tuple[RouteTable[CompiledRoute], Routes, frozenset[str]]:
    """The routing table, every route by id, and the ids of those that are broken.

    Only when the table refuses a route are they tried one by one to mark the broken ones.
    """

    def compiled(specs: Iterable[RouteSpec]) -> Routes:
        return {spec.id: compiler.route(spec, services.get(spec.service_id)) for spec in specs}

    try:
        if before is None:
            routes = compiled(configuration.routes)
        else:
            fresh = compiled(_to_compile(before, configuration, services, come))
            leave = {spec.id for spec in gone} - {spec.id for spec in come}
            if 2 * (len(fresh) + len(leave)) < len(configuration.routes):
                return _edited(before, leave, fresh)
            routes = {spec.id: fresh.get(spec.id) or before.compiled[spec.id] for spec in configuration.routes}
        table = _whole_table(routes)
    except ValueError:
        routes = compiled(marked(configuration.routes))
        table = _whole_table(routes)
    return table, routes, _broken(routes)


def _edited(
    before: Snapshot, leave: Collection[str], fresh: Routes
) -> tuple[RouteTable[CompiledRoute], Routes, frozenset[str]]:
    """What was before without some routes and with others."""
    stale = {key: before.compiled[key] for key in (*leave, *fresh) if key in before.compiled}
    table = before.table.changed(
        [route.spec for route in stale.values()], [(route.spec, route) for route in fresh.values()]
    )
    routes = before.compiled | fresh
    for key in leave:
        del routes[key]
    return table, routes, (before.broken - stale.keys()) | _broken(fresh)


def _broken(routes: Routes) -> frozenset[str]:
    return frozenset(key for key, route in routes.items() if route.compiler is None and route.problem)


def _to_compile(
    before: Snapshot, configuration: Configuration, services: dict[str, CompiledService], come: Specs
) -> list[RouteSpec]:
    """The routes that may not stay as they are. One of another document that says the same may."""
    held = before.compiled
    found = {spec.id: spec for spec in come if spec.id not in held or held[spec.id].spec != spec}
    changed = _changed(before.services, services) | _changed(services, before.services)
    if changed:
        specs = (spec for spec in configuration.routes if spec.id in held)
        found |= {spec.id: spec for spec in specs if _depends(held[spec.id], before.parts, changed)}
    return list(found.values())


def _changed(services: dict[str, CompiledService], others: dict[str, CompiledService]) -> set[str]:
    """Ids and names of the services that are not the same among the others."""
    if services is others:
        return set()
    return {word for key, one in services.items() if others.get(key) is not one for word in (key, one.spec.name)}


def _depends(route: CompiledRoute, parts: Parts, changed: Collection[str]) -> bool:
    """Whether a route may have to do with one of the services that changed.

    Plugins of any binding may name any of them, and what is broken may be so for want of one.
    """
    spec = route.spec
    if (route.compiler is None and route.problem) or spec.service_id in changed or spec.service_name in changed:
        return True
    service = parts.services.get(spec.service_name)
    bound = service is not None and service.spec.plugins
    return bool(bound or spec.plugins or parts.global_plugins or parts.consumer_plugins)


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
