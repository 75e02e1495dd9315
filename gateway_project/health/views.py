"""GET /health, /health/live and /health/ready: no token, an answer within two seconds (G-240…G-242)."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.health import dependencies
from gateway_project.health.probe import outcome
from gateway_project.health.serializers import HealthSerializer, LivenessSerializer
from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import envelope, success
from gateway_project.rest.fields import TimestampField
from gateway_project.rest.schema import UNHEALTHY, answers, failure_response
from revisions import in_force

SERVICE = "api-gateway"


class OpenView(APIView):
    """A view for anybody: no token is looked at, so a bad one does no harm."""

    authentication_classes = []
    permission_classes = []


@extend_schema(tags=["health"])
class HealthView(OpenView):
    """The gateway and what it depends on."""

    @extend_schema(
        operation_id="health",
        auth=[],
        responses={**answers("Health", HealthSerializer), 503: failure_response(503, UNHEALTHY)},
    )
    def get(self, request: Request) -> Response:
        """S10000, or F50000 with HTTP 503 and the issues."""
        content, issues, revision = examine()
        if issues:
            body = envelope(Code.INTERNAL, _("Service is unhealthy."), {**content, "issues": issues})
            response = Response(body, status=503)
        else:
            response = success(_("Service is healthy."), content)
        if revision is not None:
            response["X-Gateway-Revision"] = str(revision)
        return response


@extend_schema(tags=["health"])
class LivenessView(OpenView):
    """Whether the process answers at all; asks nothing of the database."""

    @extend_schema(operation_id="healthLive", auth=[], responses=answers("Liveness", LivenessSerializer))
    def get(self, request: Request) -> Response:
        """Always S10000."""
        return success(_("Service is healthy."), {"status": "healthy", "service": SERVICE, "timestamp": now()})


@extend_schema(tags=["health"])
class ReadinessView(HealthView):
    """Whether requests should be sent here."""

    @extend_schema(
        operation_id="healthReady",
        auth=[],
        responses={**answers("Readiness", HealthSerializer), 503: failure_response(503, UNHEALTHY)},
    )
    def get(self, request: Request) -> Response:
        """As /health."""
        return super().get(request)


def now() -> str:
    """The time of day as replies show it."""
    shown: str = TimestampField().to_representation(timezone.now())
    return shown


def examine() -> tuple[dict[str, Any], list[str], int | None]:
    """The content of the reply, its issues, and the revision if it could be read."""
    deadline = time.monotonic() + settings.GATEWAY_HEALTH_PROBE_SECONDS
    runs = {"database": dependencies.database.start(), "cache": dependencies.cache.start()}
    problems = dependencies.problems.start()
    labels = {"database": _("Database"), "cache": _("Cache")}
    content: dict[str, Any] = {
        "status": "healthy",
        "service": SERVICE,
        "timestamp": now(),
        "version": settings.GATEWAY_VERSION,
    }
    details: dict[str, Any] = {}
    issues: list[str] = []
    for name, run in runs.items():
        found, problem = outcome(run, max(0.0, deadline - time.monotonic()))
        details.update(found)
        content[name] = f"error: {problem}" if problem else "connected"
        if problem:
            issues.append(f"{labels[name]}: {problem}")
    if issues:
        content["status"] = "unhealthy"
    broken, _silence = outcome(problems, max(0.0, deadline - time.monotonic()))
    content.update(details, **broken, workers=in_force.workers())
    return content, issues, details.get("revision")
