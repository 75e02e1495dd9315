"""The whole report of a configuration: what has no effect, or not the one that was meant (G-503)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from proxy.conflicts.conflict import Conflict, ConflictKind
from proxy.conflicts.reach import Reach, reach
from proxy.conflicts.uses import ServiceUses
from proxy.snapshot.configuration import Configuration
from routing.spec import RouteSpec


class Report:
    """Of one configuration; `permissions` are the codes there are but those of the system itself.

    From the report before, if one is given, it takes what has not changed.
    """

    def __init__(
        self, configuration: Configuration, permissions: Iterable[str] = (), before: Report | None = None
    ) -> None:
        self.configuration = configuration
        self.permissions = frozenset(permissions)
        self.reach: Reach = reach(configuration.routes, None if before is None else before.reach)
        self._uses: ServiceUses = ServiceUses(configuration, None if before is None else before._uses)

    @cached_property
    def conflicts(self) -> list[Conflict]:
        """Every conflict, routes first, in the order of the configuration."""
        reach = self.reach
        found = [_reserved_conflict(route) for key, route in reach.routes.items() if key in reach.reserved]
        found += [
            self._shadow(route, reach.takers[key])
            for key, route in reach.routes.items()
            if key in reach.takers and key not in reach.reserved
        ]
        found += self._without_each_other()
        found += self._unused_permissions()
        return found

    def _shadow(self, route: RouteSpec, by: frozenset[str]) -> Conflict:
        if len(by) == 1:
            taker = self.reach.routes[next(iter(by))]
            if _asked(taker) == _asked(route):
                return _of_route("duplicate", route, "a route that comes before it takes the same requests", by)
        return _of_route("shadowed", route, "no request reaches it: earlier routes take all of its requests", by)

    def _without_each_other(self) -> Iterator[Conflict]:
        services = {service.id: service for service in self.configuration.services}
        empty = {key for key, one in services.items() if not any(each.status == "healthy" for each in one.instances)}
        used = set(self._uses.by_consumers)
        for route in self.reach.routes.values():
            own = self._uses.of(route)
            used |= own.named
            without = (
                [] if own.answering.isdisjoint(empty) else [services[key] for key in sorted(own.answering & empty)]
            )
            if without and not route.problem:
                names = ", ".join(sorted(service.name for service in without))
                what = "an instance that may be asked" if any(one.instances for one in without) else "an instance"
                yield _of_route("route_without_instances", route, f"service {names} has not {what}")
        for key, service in services.items():
            if key not in used and service.instances:
                count = len(service.instances)
                text = f"no active route leads to its {count} instance{'s' if count > 1 else ''}"
                yield Conflict(
                    kind="instances_without_routes", subject="service", subject_id=key, name=service.name, text=text
                )

    def _unused_permissions(self) -> Iterator[Conflict]:
        required = {code for route in self.reach.routes.values() for code in route.required_permissions}
        for code in sorted(self.permissions - required):
            yield Conflict(
                kind="permission_unused",
                subject="permission",
                subject_id=code,
                name=code,
                text="no active route requires it",
            )


def conflicts(configuration: Configuration, permissions: Iterable[str] = ()) -> list[Conflict]:
    """The conflicts of a configuration of which nothing is known yet."""
    return Report(configuration, permissions).conflicts


def _of_route(kind: ConflictKind, route: RouteSpec, text: str, by: Iterable[str] = ()) -> Conflict:
    return Conflict(
        kind=kind,
        subject="route",
        subject_id=route.id,
        name=route.name or route.path_pattern,
        by=tuple(sorted(by)),
        text=text,
    )


def _asked(route: RouteSpec) -> tuple[object, ...]:
    """Everything that decides which requests a route takes."""
    conditions = (frozenset(route.header_conditions), frozenset(route.query_conditions), frozenset(route.client_cidrs))
    methods = frozenset() if "ANY" in route.methods else frozenset(route.methods)
    return (route.path_pattern, route.path_kind, methods, frozenset(route.hosts), *conditions)


def _reserved_conflict(route: RouteSpec) -> Conflict:
    return _of_route("reserved", route, "no request reaches it: its paths belong to the gateway itself")
