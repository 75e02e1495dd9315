"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from routing.api.purge import PurgeView
from routing.api.views import RouteViewSet

urlpatterns = [
    path("cache/purge", PurgeView.as_view(), name="cache-purge"),
    path("routes", RouteViewSet.as_view({"get": "list", "post": "create"}), name="routes"),
    path(
        "routes/<str:pk>", RouteViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}), name="route"
    ),
]
