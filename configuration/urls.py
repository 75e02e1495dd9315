"""Paths of this app's API."""

from __future__ import annotations

from django.urls import path

from configuration.batch.views import InstanceBatchView, RouteBatchView

urlpatterns = [
    path("admin/batch/routes", RouteBatchView.as_view(), name="batch-routes"),
    path("admin/batch/services", InstanceBatchView.as_view(), name="batch-services"),
]
