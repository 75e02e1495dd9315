"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from routing.api.plugin_views import GlobalPluginViewSet, PluginViewSet
from routing.api.purge import PurgeView
from routing.api.views import RouteViewSet

urlpatterns = [
    path("cache/purge", PurgeView.as_view(), name="cache-purge"),
    path("routes", RouteViewSet.as_view({"get": "list", "post": "create"}), name="routes"),
    path(
        "routes/<str:pk>", RouteViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}), name="route"
    ),
    path("plugins", PluginViewSet.as_view({"get": "list"}), name="plugins"),
    path("plugins/global", GlobalPluginViewSet.as_view({"get": "list"}), name="global-plugins"),
    path(
        "plugins/global/<str:plugin>",
        GlobalPluginViewSet.as_view({"get": "show", "put": "update", "delete": "destroy"}),
        name="global-plugin",
    ),
]
