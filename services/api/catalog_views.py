"""/admin/catalog/services: the services themselves, whole; /admin/services lists the instances of one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import access
from gateway_project.rest.errors import Forbidden, NotFound
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import answers
from revisions.api.viewset import ConfigurationViewSet
from services.api import examples
from services.api.filters import ServiceFilter
from services.api.path_identity import as_uuid
from services.api.service_serializers import ServiceSerializer
from services.models import Service


class CatalogSerializer(ServiceSerializer):
    """A service as it is shown to whoever sees it."""

    plugins = serializers.SerializerMethodField(  # type: ignore[assignment] # it depends on who reads
        help_text="Null for who may not change the service: a value may be a credential."
    )

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_plugins(self, row: Service) -> dict[str, Any] | None:
        """As `/admin/services/{service_name}/plugins` shows them, and to the same callers."""
        try:
            access.require_write(access.caller_in(self.context), row)
        except (Forbidden, NotFound):
            return None
        return dict(row.plugins)


class CatalogListSerializer(serializers.Serializer):
    """Content of the list."""

    total = serializers.IntegerField()
    services = CatalogSerializer(many=True)


@extend_schema_view(
    list=extend_schema(
        operation_id="listServices",
        summary="List services",
        responses=answers("ServiceList", CatalogListSerializer, 400, example=examples.SERVICES),
    ),
    retrieve=extend_schema(
        operation_id="getService",
        summary="Read a service",
        parameters=[examples.SERVICE],
        responses=answers("Service", CatalogSerializer, 404),
    ),
)
@extend_schema(tags=["services"])
class CatalogViewSet(ConfigurationViewSet):
    """Services with owner, labels, policy and plugins. Any access token reads those it may see."""

    queryset = Service.objects.select_related("owner").order_by("name")
    serializer_class = CatalogSerializer
    filterset_class = ServiceFilter
    list_key = "services"
    not_found = _("Service not found.")
    messages = {"list": _("Services fetched."), "retrieve": _("Service fetched.")}

    def retrieve(self, request: Request, pk: str) -> Response:
        """By its name or UUID, with its ETag."""
        return super().retrieve(request, pk)

    def get_row(self, pk: str, *, lock: bool = False) -> Service:
        """By name, else by UUID: a name may look like one. Raises `NotFound`."""
        rows, identity = self.get_queryset(), as_uuid(pk)
        found: Service | None = None if text_problem(pk) else rows.filter(name=pk).first()
        if found is None and identity is not None:
            found = rows.filter(pk=identity).first()
        if found is None:
            raise NotFound(self.not_found)
        return found
