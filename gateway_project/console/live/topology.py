"""Routes, their services and the instances behind them with traffic and health, the busiest, in one picture."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from gateway_project.console.live.figures import moment, services_of
from gateway_project.console.live.page import page
from gateway_project.console.live.picture import Leaf, Picture, Tie, drawn
from gateway_project.rest import access
from proxy.models import RouteHour
from routing.models import Route
from services import observed
from services.api.path_identity import as_uuid
from services.models import InstanceStatus, Service, ServiceInstance

MOST_ROUTES = 40
MOST_INSTANCES = 80
MANY_ERRORS = 0.05
"""Share from which a route is shown as one with errors."""
STATES = {InstanceStatus.HEALTHY: "good", InstanceStatus.DRAINING: "warn", InstanceStatus.UNHEALTHY: "bad"}


class Seen(NamedTuple):
    """What a route did since the beginning of the hour before this one."""

    requests: int = 0
    errors: int = 0

    @property
    def state(self) -> str:
        """The colour of its line."""
        if not self.requests:
            return ""
        return "bad" if self.errors / self.requests >= MANY_ERRORS else "good"


Traffic = dict[tuple[str, str], Seen]
"""By the names a route is counted under: its service, and its own name or id."""


def topology(request: HttpRequest) -> HttpResponse:
    """The page; its script asks for it again every ten seconds."""
    routes = access.visible(request.user, Route.objects.live()).filter(is_active=True).select_related("service")
    traffic = _traffic(services_of(request.user))
    shown = _busiest(routes, traffic)
    picture = _picture(request.user, shown, traffic) if shown else None
    summary = _("The %(shown)d busiest of %(total)d active routes, by the traffic since the hour before this one.")
    counts = {"shown": len(shown), "total": routes.count() if shown else 0}
    context = {"picture": picture, "summary": summary % counts}
    return page(request, "admin/live/topology.html", _("Topology"), context)


def _traffic(names: frozenset[str] | None) -> Traffic:
    """The busiest."""
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    rows = RouteHour.objects.filter(hour__gte=since).exclude(service="")
    if names is not None:
        rows = rows.filter(service__in=names)
    sums = rows.values("service", "route").annotate(all=Sum("requests"), bad=Sum("errors"))
    busiest = sums.order_by("-all", "service", "route")[:MOST_ROUTES]
    return {(row["service"], row["route"]): Seen(row["all"], row["bad"]) for row in busiest}


def _of(route: Route, traffic: Traffic) -> Seen:
    return traffic.get((route.service.name, route.name or str(route.pk)), Seen())


def _busiest(routes: QuerySet[Route], traffic: Traffic) -> list[Route]:
    """Those with traffic, the busiest first, then others in the order in which they are asked."""
    labels = {label for _service, label in traffic}
    ids = [identity for identity in map(as_uuid, labels) if identity]
    named = routes.filter(
        Q(name__in=labels) | Q(pk__in=ids), service__name__in={service for service, _label in traffic}
    )
    busy = sorted(named, key=lambda route: -_of(route, traffic).requests)[:MOST_ROUTES]
    others = routes.exclude(pk__in=[route.pk for route in busy]).order_by("-priority", "-created_at", "id")
    return busy + list(others[: MOST_ROUTES - len(busy)])


def _picture(person: Any, routes: list[Route], traffic: Traffic) -> Picture:
    """What belongs together is drawn at one height: services and instances follow the busiest route of each service."""
    services = {route.service_id: route.service for route in routes}  # in the order of their busiest routes
    rank = {service: place for place, service in enumerate(services)}
    rows = access.visible(person, ServiceInstance.objects.filter(service__in=services))
    instances = list(rows.order_by("service__name", "instance_id")[:MOST_INSTANCES])
    instances.sort(key=lambda one: rank[one.service_id])
    seen = {one: str(found.status) for one, found in observed.observe(instances).items()}
    is_open = {(one["service"], one["instance"]) for one in moment(services_of(person))["breakers"]}
    columns = (
        [_route(one, traffic) for one in sorted(routes, key=lambda one: rank[one.service_id])],
        [_service(one, (one.name, "") in is_open) for one in services.values()],
        [
            _instance(one, seen[one.pk], (services[one.service_id].name, one.instance_id) in is_open)
            for one in instances
        ],
    )
    return drawn(columns, [*_to_services(routes, traffic), *_to_instances(instances, seen)])


def _route(route: Route, traffic: Traffic) -> Leaf:
    seen = _of(route, traffic)
    told = _("%(pattern)s: %(requests)d requests, %(errors)d errors since the hour before this one")
    values = {"pattern": f"{route.method} {route.path_pattern}", "requests": seen.requests, "errors": seen.errors}
    address = reverse("admin:routing_route_change", args=[route.pk])
    note = str(seen.requests) if seen.requests else ""
    return Leaf(f"route {route.pk}", route.path_pattern, note, told % values, seen.state, address)


def _service(row: Service, is_open: bool) -> Leaf:
    address = reverse("admin:services_service_change", args=[row.pk])
    note, state = (_("breaker open"), "bad") if is_open else ("", "")
    return Leaf(f"service {row.pk}", row.name, note, f"{row.name} {note}".strip(), state, address)


def _instance(row: ServiceInstance, status: str, is_open: bool) -> Leaf:
    label = str(InstanceStatus(status).label)
    state = "bad" if is_open else STATES[InstanceStatus(status)]
    note = _("breaker open") if is_open else label
    address = reverse("admin:services_serviceinstance_change", args=[row.pk])
    return Leaf(f"instance {row.pk}", row.instance_id, note, f"{row.endpoint}: {note}", state, address)


def _to_services(routes: Iterable[Route], traffic: Traffic) -> list[Tie]:
    ties = []
    for route in routes:
        seen = _of(route, traffic)
        ties.append(Tie(f"route {route.pk}", f"service {route.service_id}", seen.requests, seen.state))
    return ties


def _to_instances(instances: Iterable[ServiceInstance], seen: dict[Any, str]) -> list[Tie]:
    return [
        Tie(f"service {one.service_id}", f"instance {one.pk}", 0, STATES[InstanceStatus(seen[one.pk])])
        for one in instances
    ]
