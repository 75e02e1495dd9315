"""Paths of this app's API."""

from __future__ import annotations

from django.urls import path

from configuration.batch.views import InstanceBatchView, RouteBatchView
from configuration.changesets.views import ChangeSetViewSet
from configuration.files.api.views import ConfigurationView, OpenApiImportView, SchemaView

urlpatterns = [
    path("admin/config", ConfigurationView.as_view(), name="configuration"),
    path("admin/config/openapi", OpenApiImportView.as_view(), name="configuration-openapi"),
    path("admin/config/schema", SchemaView.as_view(), name="configuration-schema"),
    path("admin/batch/routes", RouteBatchView.as_view(), name="batch-routes"),
    path("admin/changesets", ChangeSetViewSet.as_view({"get": "list", "post": "create"}), name="changesets"),
    path(
        "admin/changesets/<str:pk>",
        ChangeSetViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="changeset",
    ),
    path("admin/changesets/<str:pk>/publish", ChangeSetViewSet.as_view({"post": "publish"}), name="changeset-publish"),
    path("admin/batch/services", InstanceBatchView.as_view(), name="batch-services"),
]
