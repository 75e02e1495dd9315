"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from services.api.views import InstanceViewSet

urlpatterns = [
    path("services", InstanceViewSet.as_view({"get": "list", "post": "create"}), name="instances"),
    path(
        "services/<str:pk>",
        InstanceViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="instance",
    ),
]
