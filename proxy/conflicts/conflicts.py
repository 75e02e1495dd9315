"""The whole report of a configuration: what has no effect, or not the one that was meant (G-503)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from proxy.conflicts.claims import claims_of
from proxy.conflicts.conflict import Conflict, ConflictKind
from proxy.conflicts.shadows import shadows
from proxy.conflicts.uses import ServiceUses
from proxy.snapshot.configuration import Configuration
from routing.matcher import RouteTable
from routing.problems import marked
from routing.reserved import is_reserved
from routing.spec import RouteSpec


def conflicts(configuration: Configuration, permissions: Iterable[str] = ()) -> list[Conflict]:
    """Every conflict, routes first; `permissions` are the codes there are but those of the system itself."""
    routes, table = _tabled(configuration.routes)
    known = {route.id: route for route in routes}
    reserved = _reserved(table)
    found = [_reserved_conflict(known[key]) for key in known if key in reserved]
    found += [_shadow(route, by, known) for route, by in shadows(table) if route.id not in reserved]
    found += _without_each_other(configuration, routes)
    found += _unused_permissions(routes, permissions)
    return found


def _tabled(routes: tuple[RouteSpec, ...]) -> tuple[tuple[RouteSpec, ...], RouteTable[RouteSpec]]:
    """The routes, those with their problem that cannot be compiled, and their table."""
    try:
        return routes, RouteTable((route, route) for route in routes)
    except ValueError:
        checked = marked(routes)
        return checked, RouteTable((route, route) for route in checked)


def _of_route(kind: ConflictKind, route: RouteSpec, text: str, by: Iterable[str] = ()) -> Conflict:
    return Conflict(
        kind=kind,
        subject="route",
        subject_id=route.id,
        name=route.name or route.path_pattern,
        by=tuple(sorted(by)),
        text=text,
    )


def _shadow(route: RouteSpec, by: frozenset[str], known: Mapping[str, RouteSpec]) -> Conflict:
    if len(by) == 1:
        taker = known[next(iter(by))]
        if _asked(taker) == _asked(route):
            return _of_route("duplicate", route, "a route that comes before it takes the same requests", by)
    return _of_route("shadowed", route, "no request reaches it: earlier routes take all of its requests", by)


def _asked(route: RouteSpec) -> tuple[object, ...]:
    """Everything that decides which requests a route takes."""
    conditions = (frozenset(route.header_conditions), frozenset(route.query_conditions), frozenset(route.client_cidrs))
    methods = frozenset() if "ANY" in route.methods else frozenset(route.methods)
    return (route.path_pattern, route.path_kind, methods, frozenset(route.hosts), *conditions)


def _reserved(table: RouteTable[RouteSpec]) -> set[str]:
    """Ids of the routes all of whose paths belong to the control plane."""
    reserved: set[str] = set()
    free: set[str] = set()
    for _pattern, index in table.by_host():
        for entry, claim in claims_of(index):
            (reserved if is_reserved(claim.head) else free).add(entry.route.id)
    return reserved - free


def _reserved_conflict(route: RouteSpec) -> Conflict:
    return _of_route("reserved", route, "no request reaches it: its paths belong to the gateway itself")


def _without_each_other(configuration: Configuration, routes: tuple[RouteSpec, ...]) -> Iterator[Conflict]:
    services = {service.id: service for service in configuration.services}
    empty = {key: not any(one.status == "healthy" for one in service.instances) for key, service in services.items()}
    uses = ServiceUses(configuration)
    used = set(uses.by_consumers)
    for route in routes:
        own = uses.of(route)
        used |= own.named
        without = [services[key] for key in sorted(own.answering) if key in services and empty[key]]
        if without and not route.problem:
            names = ", ".join(sorted(service.name for service in without))
            what = "an instance that may be asked" if any(service.instances for service in without) else "an instance"
            yield _of_route("route_without_instances", route, f"service {names} has not {what}")
    for key, service in services.items():
        if key not in used and service.instances:
            count = len(service.instances)
            text = f"no active route leads to its {count} instance{'s' if count > 1 else ''}"
            yield Conflict(
                kind="instances_without_routes", subject="service", subject_id=key, name=service.name, text=text
            )


def _unused_permissions(routes: tuple[RouteSpec, ...], permissions: Iterable[str]) -> Iterator[Conflict]:
    required = {code for route in routes for code in route.required_permissions}
    for code in sorted(set(permissions) - required):
        yield Conflict(
            kind="permission_unused",
            subject="permission",
            subject_id=code,
            name=code,
            text="no active route requires it",
        )
