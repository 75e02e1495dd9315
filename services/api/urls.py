"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from services.api.catalog_views import CatalogViewSet
from services.api.owner_views import OwnerViewSet
from services.api.plugin_views import ServicePluginViewSet
from services.api.policy_views import PolicyViewSet
from services.api.state_views import ServiceBreakerView, ServiceStateView
from services.api.views import InstanceViewSet

urlpatterns = [
    path("catalog/services", CatalogViewSet.as_view({"get": "list"}), name="services"),
    path("catalog/services/<path:pk>", CatalogViewSet.as_view({"get": "retrieve"}), name="service"),
    path("services", InstanceViewSet.as_view({"get": "list", "post": "create"}), name="instances"),
    path("services/<path:name>/state", ServiceStateView.as_view(), name="service-state"),
    path("services/<path:name>/breaker", ServiceBreakerView.as_view(), name="service-breaker"),
    path(
        "services/<path:service_name>/policy",
        PolicyViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="service-policy",
    ),
    path(
        "services/<path:service_name>/owner",
        OwnerViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="service-owner",
    ),
    path(
        "services/<str:pk>",
        InstanceViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="instance",
    ),
    path("services/<str:service_name>/plugins", ServicePluginViewSet.as_view({"get": "list"}), name="service-plugins"),
    path(
        "services/<str:service_name>/plugins/<str:plugin>",
        ServicePluginViewSet.as_view({"get": "show", "put": "update", "delete": "destroy"}),
        name="service-plugin",
    ),
    path("services/<str:pk>/heartbeat", InstanceViewSet.as_view({"post": "heartbeat"}), name="instance-heartbeat"),
]
