"""/admin/services: registering, listing, changing and removing instances (G-200…G-207)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import Conflict, NotFound, field_errors
from gateway_project.rest.etag import etag_of
from gateway_project.rest.fields import TimestampField
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import answers
from revisions.api.viewset import ConfigurationViewSet
from services import leases, observed
from services.api import examples, replies
from services.api.filters import InstanceFilter
from services.api.path_identity import as_uuid
from services.api.serializers import (
    InstanceDetailSerializer,
    InstanceSerializer,
    InstanceShownSerializer,
    InstanceUpdateSerializer,
    RegistrationSerializer,
)
from services.models import InstanceStatus, ServiceInstance


@extend_schema_view(
    list=extend_schema(
        operation_id="listInstances",
        responses=answers("InstanceList", replies.InstanceListSerializer, 400, example=examples.LISTED),
    ),
    create=extend_schema(
        operation_id="registerInstance",
        request=RegistrationSerializer,
        responses=answers("Registered", replies.RegisteredSerializer, 400, 409, 413, example=examples.REGISTERED),
        examples=[examples.BODY],
    ),
    retrieve=extend_schema(
        operation_id="getInstance",
        parameters=[examples.IDENTITY],
        responses=answers("Instance", InstanceShownSerializer, 404),
    ),
    update=extend_schema(
        operation_id="updateInstance",
        parameters=[examples.IDENTITY],
        request=InstanceUpdateSerializer(partial=True),
        responses=answers(
            "InstanceUpdated", replies.InstanceUpdatedSerializer, 400, 404, 409, 412, 413, example=examples.UPDATED
        ),
    ),
    destroy=extend_schema(
        operation_id="deregisterInstance",
        parameters=[examples.IDENTITY],
        responses=answers("Deregistered", replies.DeregisteredSerializer, 404, 409, 412, example=examples.DEREGISTERED),
    ),
)
@extend_schema(tags=["services"])
class InstanceViewSet(ConfigurationViewSet):
    """Instances. Any access token may call every action, unless a setting asks for a permission (G-011)."""

    queryset = ServiceInstance.objects.select_related("service")
    serializer_class = InstanceSerializer
    detail_serializer_class = InstanceDetailSerializer
    filterset_class = InstanceFilter
    administrator_actions = frozenset()
    write_permission_setting = "GATEWAY_SERVICE_WRITE_PERMISSION"
    list_key = "instances"
    reply_id = "instance_id"
    created_fields = ("service_name", "endpoint", "registered_at")
    deleted_key = "deregistered_at"
    not_found = _("Service instance not found.")
    messages = {
        "list": _("Service instances fetched."),
        "retrieve": _("Service instance fetched."),
        "create": _("Service instance registered."),
        "update": _("Service instance updated."),
        "destroy": _("Service instance deregistered."),
        "heartbeat": _("Lease renewed."),
    }

    def get_serializer_class(self) -> Any:
        """By the action."""
        by_action = {"create": RegistrationSerializer, "update": InstanceUpdateSerializer}
        return by_action.get(self.action, InstanceSerializer)

    def list(self, request: Request) -> Response:
        """The instances of one service; `healthy_instances` counts the whole service (G-204)."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset().order_by("registered_at", "id")))
        name = request.query_params["service_name"].strip()
        seen = observed.observe(self.get_queryset().filter(service__name=name))
        content = {
            "service_name": name,
            "total_instances": self.total,
            "healthy_instances": sum(one.status == InstanceStatus.HEALTHY for one in seen.values()),
            "instances": InstanceSerializer(rows, many=True, context={"observed": seen}).data,
        }
        return success(self.messages["list"], content)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One whole instance as the traffic sees it. Its ETag is of what is configured, which no check changes."""
        row = self.get_row(pk)
        response = success(self.messages["retrieve"], InstanceShownSerializer(row).data)
        response["ETag"] = etag_of(self.document(row))
        return response

    @extend_schema(
        operation_id="renewInstanceLease",
        parameters=[examples.IDENTITY],
        request=None,
        responses=answers("LeaseRenewed", replies.RenewedSerializer, 400, 404, 409, example=examples.RENEWED),
    )
    def heartbeat(self, request: Request, pk: str) -> Response:
        """Renews the lease of an instance (G-209). It is no change of the configuration: no revision is raised."""
        refuse_unknown_parameters(request, set())
        row = self.get_row(pk)
        access.require_write(request.user, row)
        expires_at = leases.renew(row)
        if expires_at is None:
            raise field_errors({"ttl_seconds": _("This instance has no lease: register it with ttl_seconds.")})
        content = {
            "instance_id": str(row.pk),
            "ttl_seconds": row.lease_seconds,
            "lease_expires_at": TimestampField().to_representation(expires_at),
        }
        return success(self.messages["heartbeat"], content)

    def get_row(self, pk: str, *, lock: bool = False) -> ServiceInstance:
        """By UUID, or by the textual id when one instance alone has it. Raises `NotFound` or `Conflict`."""
        queryset: QuerySet[ServiceInstance] = self.get_queryset()
        if lock:
            queryset = queryset.select_for_update(of=("self",))
        identity = as_uuid(pk)
        found = list(queryset.filter(pk=identity)) if identity else []
        if not found and not text_problem(pk):
            found = list(queryset.filter(instance_id=pk).order_by("registered_at", "id")[:100])
        if not found:
            raise NotFound(self.not_found)
        if len(found) > 1:
            clash = {"conflicts_with": [str(one.pk) for one in found]}
            raise Conflict(_("Several instances have this id; use the UUID."), content=clash)
        return found[0]
