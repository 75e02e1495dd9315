"""The view of GET /metrics: the envelope by default, the raw text for a scraper."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.health.views import OpenView
from gateway_project.metrics.exposition import Totals, exposition
from gateway_project.rest import figures
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import field_errors
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.pagination import query_integer
from gateway_project.rest.schema import answers

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DEFAULT_HOURS = 24


class MetricsSerializer(serializers.Serializer):
    """Content of GET /metrics."""

    metrics = serializers.CharField(help_text="Prometheus exposition text.")


class MetricsView(OpenView):
    """The figures of the gateway."""

    @extend_schema(
        operation_id="metrics",
        tags=["metrics"],
        auth=[],
        parameters=[
            OpenApiParameter(
                "hours", int, description="1..168. Only the whole time can be answered as yet: leave it out."
            ),
            OpenApiParameter("service_name", str, description="Cannot be answered as yet: leave it out."),
            OpenApiParameter(
                "group_by", str, enum=["hour", "day"], description="Cannot be answered as yet: leave it out."
            ),
        ],
        responses=answers("Metrics", MetricsSerializer, 400),
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """Totals since the node began to count."""
        check_parameters(request)
        text = exposition(totals())
        if wants_text(request):
            return HttpResponse(f"{text}\n", content_type=TEXT_TYPE)
        return success(_("Metrics fetched."), {"metrics": text})


def check_parameters(request: Request) -> None:
    """Raises `BadRequest` for a value out of range, and for what has no figures yet rather than ignoring it."""
    refuse_unknown_parameters(request, {"hours", "service_name", "group_by"})
    hours = query_integer(request, "hours", default=DEFAULT_HOURS, lowest=1, highest=168)
    unanswerable = {}
    group_by = request.query_params.get("group_by")
    if group_by is not None and group_by not in ("hour", "day"):
        raise field_errors({"group_by": _("Must be hour or day.")})
    if hours != DEFAULT_HOURS:
        unanswerable["hours"] = _("Figures by period are not kept yet; leave this parameter out.")
    for name in ("service_name", "group_by"):
        if name in request.query_params:
            unanswerable[name] = _("Figures by period are not kept yet; leave this parameter out.")
    if unanswerable:
        raise field_errors(unanswerable)


def wants_text(request: Request) -> bool:
    """Whether `Accept` asks for the text itself, as Prometheus does; `*/*` and JSON get the envelope."""
    accepted = request.headers.get("Accept", "")
    return "text/plain" in accepted or "application/openmetrics-text" in accepted


def totals() -> Totals:
    """The figures of the traffic and of the rows."""
    from routing.models import Route
    from services.models import ServiceInstance

    seen = figures.collect()
    average = 1000 * seen["seconds_total"] / seen["requests"] if seen["requests"] else 0.0
    return Totals(
        requests=seen["requests"],
        errors=seen["errors"],
        average_ms=average,
        active_routes=Route.objects.live().filter(is_active=True).count(),
        healthy_instances=ServiceInstance.objects.filter(status="healthy").count(),
    )
