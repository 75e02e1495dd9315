"""/admin/plugins: which plugins there are, and those bound to everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest.envelope import success
from gateway_project.rest.fields import ObjectField
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.schema import answers
from gateway_project.rest.viewset import EnvelopeViewSet
from routing.models import GlobalPlugin
from services.api.plugin_bindings import (
    CONFIGURATION,
    BindingListSerializer,
    BindingSerializer,
    PluginBindingViewSet,
    UnboundSerializer,
)
from services.plugins import known


class PluginSerializer(serializers.Serializer):
    """A plugin there is."""

    name = serializers.CharField()
    schema = ObjectField(help_text="JSON Schema (draft 2020-12) of its configuration.")


class PluginListSerializer(serializers.Serializer):
    """Every plugin in the order of the request path."""

    total = serializers.IntegerField()
    plugins = PluginSerializer(many=True)


class PluginViewSet(EnvelopeViewSet):
    """The plugins that a configuration may name."""

    queryset = GlobalPlugin.objects.none()
    administrator_actions = frozenset({"list"})
    pagination_class = None

    @extend_schema(operation_id="listPlugins", tags=["plugins"], responses=answers("PluginList", PluginListSerializer))
    def list(self, request: Request) -> Response:
        """All of them; there are no pages."""
        refuse_unknown_parameters(request, set())
        plugins = [{"name": plugin.name, "schema": plugin.schema} for plugin in known().values()]
        return success(_("Plugins fetched."), {"total": len(plugins), "plugins": plugins})


@extend_schema_view(
    list=extend_schema(operation_id="listGlobalPlugins", responses=answers("GlobalPluginList", BindingListSerializer)),
    show=extend_schema(operation_id="getGlobalPlugin", responses=answers("GlobalPlugin", BindingSerializer, 404)),
    update=extend_schema(
        operation_id="putGlobalPlugin",
        request=CONFIGURATION,
        responses=answers("GlobalPluginBound", BindingSerializer, 400, 404, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deleteGlobalPlugin", responses=answers("GlobalPluginUnbound", UnboundSerializer, 404, 412)
    ),
)
@extend_schema(tags=["plugins"])
class GlobalPluginViewSet(PluginBindingViewSet):
    """For every route whose service or itself does not say otherwise."""

    queryset = GlobalPlugin.objects.all()

    def bound(self) -> Mapping[str, Any]:
        """One row each."""
        return dict(GlobalPlugin.objects.values_list("name", "config"))

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """Writes the rows that differ."""
        rows = {row.name: row for row in GlobalPlugin.objects.select_for_update()}
        plugins = {name: row.config for name, row in rows.items()}
        yield plugins
        for name in rows.keys() - plugins.keys():
            rows[name].delete()
        for name, config in plugins.items():
            row = rows.get(name) or GlobalPlugin(name=name)
            if row.pk is None or row.config != config:
                row.config = config
                row.save()
