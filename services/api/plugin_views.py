"""/admin/services/{service}/plugins: what is bound to one service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from gateway_project.rest import access
from gateway_project.rest.errors import NotFound
from gateway_project.rest.parser import text_problem
from gateway_project.rest.schema import answers
from services.api.plugin_bindings import (
    CONFIGURATION,
    BindingListSerializer,
    BindingSerializer,
    PluginBindingViewSet,
    UnboundSerializer,
)
from services.models import Service


@extend_schema_view(
    list=extend_schema(
        operation_id="listServicePlugins", responses=answers("ServicePluginList", BindingListSerializer, 404)
    ),
    show=extend_schema(operation_id="getServicePlugin", responses=answers("ServicePlugin", BindingSerializer, 404)),
    update=extend_schema(
        operation_id="putServicePlugin",
        request=CONFIGURATION,
        responses=answers("ServicePluginBound", BindingSerializer, 400, 404, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deleteServicePlugin", responses=answers("ServicePluginUnbound", UnboundSerializer, 404, 412)
    ),
)
@extend_schema(tags=["plugins"])
class ServicePluginViewSet(PluginBindingViewSet):
    """For all routes of the service that do not say otherwise."""

    queryset = Service.objects.all()
    administrator_actions = frozenset()
    operator_actions = frozenset({"list", "show", "update", "destroy"})

    def bound(self) -> Mapping[str, Any]:
        """Of the service of this name."""
        return self._found(self.get_queryset()).plugins

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """Stores the column alone: other fields may be changed by somebody else meanwhile."""
        row = self._found(self.get_queryset().select_for_update())
        plugins = dict(row.plugins)
        yield plugins
        if plugins != row.plugins:
            row.plugins = plugins
            row.save(update_fields=["plugins", "updated_at"])

    def _found(self, rows: QuerySet[Service]) -> Service:
        name = self.kwargs["service_name"]
        row = None if text_problem(name) else rows.filter(name=name).first()
        if row is None:
            raise NotFound(_("Service not found."))
        access.require_write(self.request.user, row)
        return row
