"""The page of requests as they end, its stream, and the way from a request to the pages of its route and service."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from gateway_project.console.live.page import MayOpen, page
from gateway_project.console.live.traffic_texts import traffic_texts
from gateway_project.rest import access
from gateway_project.rest.errors import ApiError
from gateway_project.rest.parser import text_problem
from gateway_project.traffic.asking import MOST_MS, MOST_NAME
from gateway_project.traffic.sight import services_watched
from gateway_project.traffic.views import TrafficTailView
from proxy.traffic import feed
from routing.models import Route
from services.api.path_identity import as_uuid
from services.models import Service

MOST_ROWS = 300
"""Requests kept in the page; older ones give way."""
EXPLAIN_PATH = "/console/explain/"
CLASSES = (("", _("any")), ("2xx", "2xx"), ("3xx", "3xx"), ("4xx", "4xx"), ("5xx", "5xx"))


class Filters(forms.Form):
    """What to watch; read by the page's script, which sends it as the parameters of GET /admin/traffic/tail."""

    route = forms.CharField(
        label=_("Route"), max_length=MOST_NAME, widget=UnfoldAdminTextInputWidget({"placeholder": _("name or id")})
    )
    service = forms.CharField(label=_("Service"), max_length=MOST_NAME, widget=UnfoldAdminTextInputWidget())
    user = forms.CharField(label=_("User"), max_length=MOST_NAME, widget=UnfoldAdminTextInputWidget())
    status = forms.ChoiceField(label=_("Status"), choices=CLASSES, widget=UnfoldAdminSelectWidget())
    slow = forms.IntegerField(
        label=_("Slower than (ms)"), min_value=0, max_value=MOST_MS, widget=UnfoldAdminIntegerFieldWidget()
    )


def traffic(request: HttpRequest) -> HttpResponse:
    """The page. Who may watch nothing is told why, and so is everybody where nothing is carried."""
    context = {
        "filters": Filters(use_required_attribute=False),
        "most": MOST_ROWS,
        "why_not": _why_not(request),
        "explain": EXPLAIN_PATH,
        "texts": traffic_texts(),
    }
    return page(request, "admin/live/traffic.html", gettext("Live traffic"), context)


def _why_not(request: HttpRequest) -> str:
    try:
        services_watched(request.user)
    except ApiError:
        return gettext("You see the traffic of your teams' services, and no service belongs to a team of yours yet.")
    if feed.registered() is None:
        return gettext("This process carries no traffic.")
    return ""


@extend_schema(exclude=True)
class ConsoleTailView(TrafficTailView):
    """GET /admin/traffic/tail for the page: by the session, and for who may open the page."""

    authentication_classes = [SessionAuthentication]

    def get_permissions(self) -> list[BasePermission]:
        """Whom it shows what is the same as there."""
        return [MayOpen()]


def route_of(request: HttpRequest) -> HttpResponse:
    """To the page of the route that a record names: by its name, or by its id where it has none."""
    name = _named(request)
    rows = access.visible(request.user, Route.objects.live())
    found = list(rows.filter(name=name).values_list("pk", flat=True)[:2]) if name else []
    identity = as_uuid(name)
    if not found and identity:
        found = list(rows.filter(pk=identity).values_list("pk", flat=True))
    if len(found) == 1:
        return HttpResponseRedirect(reverse("admin:routing_route_change", args=found))
    return _among(name, "admin:routing_route_changelist")


def service_of(request: HttpRequest) -> HttpResponse:
    """To the page of the service of this name."""
    name = _named(request)
    found = access.visible(request.user, Service.objects.filter(name=name)).values_list("pk", flat=True).first()
    if found is not None:
        return HttpResponseRedirect(reverse("admin:services_service_change", args=[found]))
    return _among(name, "admin:services_service_changelist")


def _named(request: HttpRequest) -> str:
    name = request.GET.get("name", "")[:MOST_NAME]
    return "" if text_problem(name) else name


def _among(name: str, listed: str) -> HttpResponse:
    """What is gone, or goes by a name that several have, is looked for in the list."""
    return HttpResponseRedirect(f"{reverse(listed)}?{urlencode({'q': name})}")
