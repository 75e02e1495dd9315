"""The console's first page: how much there is, how it goes, what was changed last."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway_project.metrics.period import Period, average_ms
from gateway_project.rest import access
from revisions import in_force
from revisions.current import current_revision
from revisions.models import Revision
from routing.models import Route
from services import observed
from services.models import Service, ServiceInstance

LAST_CHANGES = 8
SHOWN_HOURS = 24


class Card(NamedTuple):
    """One figure: what it counts, its value, a line on it, and the page behind it."""

    title: str
    value: str
    note: str
    address: str


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of templates/admin/index.html. The figures are of the rows that the person may see."""
    context["title"] = _("Overview")
    if not request.user.has_perm("routing.view_route"):
        return context
    everything = access.is_administrator(request.user)
    context["cards"] = [*_rows(request.user), *(_traffic() if everything else ())]
    context["has_routes"] = access.visible(request.user, Route.objects.live()).exists()
    context["has_services"] = access.visible(request.user, Service.objects.all()).exists()
    if everything and request.user.has_perm("revisions.view_revision"):
        context["changes"] = Revision.objects.order_by("-number")[:LAST_CHANGES]
    return context


def _rows(person: Any) -> list[Card]:
    routes = access.visible(person, Route.objects.live())
    instances = access.visible(person, ServiceInstance.objects.all())
    active, healthy = routes.filter(is_active=True).count(), observed.healthy_among(instances)
    of = gettext_lazy("of %(total)d")
    return [
        Card(_("Active routes"), str(active), of % {"total": routes.count()}, _list_of("routing_route")),
        Card(
            _("Healthy instances"),
            str(healthy),
            of % {"total": instances.count()},
            _list_of("services_serviceinstance"),
        ),
    ]


def _traffic() -> list[Card]:
    seen, workers, revision = Period(SHOWN_HOURS).total, in_force.workers(), current_revision()
    up_to_date = sum(worker.get("revision") == revision for worker in workers)
    counts = {"errors": seen.errors, "average": average_ms(seen.seconds, seen.requests)}
    serving = _("served by %(current)d of %(all)d workers") % {"current": up_to_date, "all": len(workers)}
    note = _("%(errors)d errors, %(average).1f ms on average") % counts
    return [
        Card(_("Revision"), str(revision), serving, _list_of("revisions_revision")),
        Card(_("Requests in 24 hours"), str(seen.requests), note, reverse("metrics")),
    ]


def _list_of(model: str) -> str:
    return reverse(f"admin:{model}_changelist")
