"""The view of GET /metrics: the envelope by default, the exposition for a scraper."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.health.views import OpenView
from gateway_project.metrics.accept import prefers_text
from gateway_project.metrics.exposition import Totals, exposition
from gateway_project.metrics.period import GroupBy, Period, average_ms
from gateway_project.metrics.samples import newest_revision
from gateway_project.metrics.scrape import scrape
from gateway_project.rest import access, figures
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import field_errors
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.pagination import query_integer
from gateway_project.rest.schema import answers
from permissions.api.authentication import BearerAuthentication
from routing.models import Route
from services import observed
from services.models import Service
from services.owned_names import owned_names

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DEFAULT_HOURS = 24
MAX_HOURS = 168
MAX_NAME = 100
NO_SERVICE = ""
"""No service has this name."""
PARAMETERS = frozenset({"hours", "service_name", "group_by"})


class GroupSerializer(serializers.Serializer):
    """The figures of an hour or a day; times in milliseconds, percentiles from a histogram."""

    time = serializers.CharField(help_text="Its beginning, in the gateway's time zone.")
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # it only describes a reply, and is never asked
    average_ms = serializers.FloatField()
    upstream_average_ms = serializers.FloatField()
    p50_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    bytes_in = serializers.IntegerField()
    bytes_out = serializers.IntegerField()


class MetricsSerializer(serializers.Serializer):
    """Content of GET /metrics."""

    metrics = serializers.CharField(help_text="Prometheus exposition text.")
    groups = GroupSerializer(many=True, required=False, help_text="With group_by: the oldest first.")


class Question(NamedTuple):
    """What is asked for."""

    hours: int
    service: str | None
    group_by: GroupBy | None


class MetricsView(OpenView):
    """The figures of the gateway."""

    @extend_schema(
        operation_id="metrics",
        tags=["metrics"],
        auth=[],
        parameters=[
            OpenApiParameter(
                "hours",
                {"type": "integer", "minimum": 1, "maximum": MAX_HOURS, "default": DEFAULT_HOURS},
                description="1..168, the running hour included; 24 by default.",
            ),
            OpenApiParameter("service_name", str, description="Figures of this service alone."),
            OpenApiParameter("group_by", str, enum=["hour", "day"], description="Adds `groups` to the content."),
        ],
        responses=answers("Metrics", MetricsSerializer, 400),
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Figures of the last hours. A scraper that names no parameter gets every family since the node began."""
        question = asked(request)
        as_text = prefers_text(request.headers.get("Accept", ""))
        if as_text and PARAMETERS.isdisjoint(request.query_params):
            return scraped(request)
        question = question._replace(service=visible_service(request, question.service))
        period = Period(question.hours, None if question.service is None else [question.service])
        metrics = exposition(totals(period, question.service))
        if as_text:
            return HttpResponse(f"{metrics}\n", content_type=TEXT_TYPE)
        content: dict[str, Any] = {"metrics": metrics}
        if question.group_by is not None:
            content["groups"] = period.groups(question.group_by)
        return success(_("Metrics fetched."), content)


def visible_service(request: Request, name: str | None) -> str | None:
    """The service asked for; one that the caller may not see is one there is not, of which nothing was counted."""
    if name is None or not Service.objects.filter(name=name).exclude(owner=None).exists():
        return name
    seen = access.visible(caller_of(request), Service.objects.filter(name=name)).exists()
    return name if seen else NO_SERVICE


def caller_of(request: Request) -> Any:
    """Whoever a good token names; a bad one does no harm."""
    try:
        found = BearerAuthentication().authenticate(request)
    except AuthenticationFailed:
        found = None
    return AnonymousUser() if found is None else found[0]


def may_see_all(request: Request) -> bool:
    """Whether the scraper shows GATEWAY_METRICS_TOKEN. No database is asked."""
    wanted = f"Bearer {settings.GATEWAY_METRICS_TOKEN}"
    return bool(settings.GATEWAY_METRICS_TOKEN) and constant_time_compare(
        request.headers.get("Authorization", ""), wanted
    )


def scraped(request: Request) -> HttpResponse:
    """The exposition of now. It asks nothing of the database, which may be away or hang.

    What belongs to teams is for the scraper that GATEWAY_METRICS_TOKEN names.
    """
    moment = figures.now()
    hidden = () if may_see_all(request) else owned_names()
    text, content_type = scrape(moment, request.headers.get("Accept", ""), settings.GATEWAY_VERSION, hidden)
    response = HttpResponse(text, content_type=content_type)
    response["X-Gateway-Revision"] = str(newest_revision(moment.gauges))
    return response


def asked(request: Request) -> Question:
    """The parameters. Raises `BadRequest` naming one that is unknown or out of range."""
    refuse_unknown_parameters(request, set(PARAMETERS))
    hours = query_integer(request, "hours", default=DEFAULT_HOURS, lowest=1, highest=MAX_HOURS)
    service, group_by = request.query_params.get("service_name"), request.query_params.get("group_by")
    if group_by not in (None, "hour", "day"):
        raise field_errors({"group_by": _("Must be hour or day.")})
    if service is not None and not (0 < len(service) <= MAX_NAME and service.isprintable()):
        raise field_errors({"service_name": _("Must be the name of a service, 1 to 100 characters.")})
    return Question(hours, service, group_by)  # type: ignore[arg-type]


def totals(period: Period, service: str | None) -> Totals:
    """The figures of the traffic and of the rows."""
    seen = period.total
    routes = Route.objects.live().filter(is_active=True)
    if service is not None:
        routes = routes.filter(service__name=service)
    return Totals(
        requests=seen.requests,
        errors=seen.errors,
        average_ms=average_ms(seen.seconds, seen.requests),
        active_routes=routes.count(),
        healthy_instances=observed.healthy_count(service),
    )
