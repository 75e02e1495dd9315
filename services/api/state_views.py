"""/admin/services/{name}/state and …/breaker: what the traffic does with a service now, and a hand on its breakers."""

from __future__ import annotations

import logging
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.rest import access
from gateway_project.rest.codes import Code
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import ApiError, NotFound, field_errors
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import answers
from revisions.api.viewset import body_of
from services import circuits, observed
from services.api import examples
from services.api.state_serializers import BreakerChangeSerializer, ServiceStateSerializer
from services.models import Service, ServiceInstance

logger = logging.getLogger("gateway.api")


@extend_schema(tags=["services"])
class ServiceStateView(APIView):
    """What the traffic does with a service now."""

    def get_permissions(self) -> list[BasePermission]:
        """Any access token."""
        return [access.authenticated()]

    @extend_schema(
        operation_id="getServiceState",
        responses=answers("ServiceState", ServiceStateSerializer, 404, example=examples.STATE),
    )
    def get(self, request: Request, name: str) -> Response:
        """Every instance with its health, load and breaker; the load is that of all workers of this node."""
        return success(_("Service state fetched."), state_of(service_or_404(name, request.user)))


@extend_schema(tags=["services"])
class ServiceBreakerView(APIView):
    """A hand on the circuit breakers of a service."""

    def get_permissions(self) -> list[BasePermission]:
        """Administrators, and operators of the service's team."""
        return [access.operator()]

    @extend_schema(
        operation_id="changeBreaker",
        request=BreakerChangeSerializer,
        examples=[examples.OPEN_BREAKER],
        responses=answers("ServiceBreaker", ServiceStateSerializer, 400, 404, 413, 503, example=examples.STATE),
    )
    def post(self, request: Request, name: str) -> Response:
        """Opens, closes or resets one breaker; resetting the service's resets those of its instances too."""
        service = service_or_404(name, request.user)
        access.require_write(request.user, service)
        serializer = BreakerChangeSerializer(data=body_of(request))
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        breaker = circuits.SERVICE
        if "instance_id" in given:
            breaker = str(instance_or_400(service, given["instance_id"]).pk)
        try:
            circuits.source().change(service, breaker, given["action"])
        except circuits.NoTraffic:
            raise ApiError(_("This process carries no traffic."), code=Code.NO_INSTANCE) from None
        whose = given.get("instance_id", "the service")
        logger.warning("breaker of %s of %s: %s by %s", whose, service.name, given["action"], request.user)
        return success(_("Circuit breaker changed."), state_of(service))


def service_or_404(name: str, caller: Any) -> Service:
    """The service of this name, if the caller may see it. Raises `NotFound`."""
    rows = access.visible(caller, Service.objects.all())
    service = None if text_problem(name) else rows.filter(name=name).first()
    if service is None:
        raise NotFound(_("Service not found."))
    return service


def instance_or_400(service: Service, identity: str) -> ServiceInstance:
    """The instance of the service with this UUID or textual id. Raises `BadRequest`."""
    found: ServiceInstance | None = None
    for row in service.instances.all():
        if row.instance_id == identity or str(row.pk) == identity.lower():
            found = row
    if found is None:
        raise field_errors({"instance_id": _("The service has no such instance.")})
    return found


def state_of(service: Service) -> dict[str, Any]:
    """The content of both replies, in two queries."""
    source = circuits.source()
    rows = list(service.instances.order_by("registered_at", "id"))
    seen = observed.observe(rows)
    breakers, running = source.circuits(service), source.running(service)
    clean = circuits.Circuit()
    instances = [
        {
            "id": row.pk,
            "instance_id": row.instance_id,
            "endpoint": row.endpoint,
            "status": seen[row.pk].status,
            "configured_status": row.status,
            "status_reason": seen[row.pk].reason,
            "last_health_check": seen[row.pk].last_health_check,
            "weight": row.weight,
            "priority": row.priority,
            "load": running.get(row.instance_id, 0),
            "breaker": breakers.get(str(row.pk), clean),
        }
        for row in rows
    ]
    own = breakers.get(circuits.SERVICE, clean)
    state = {"service_name": service.name, "breaker": own, "instances": instances}
    return dict(ServiceStateSerializer(state).data)
