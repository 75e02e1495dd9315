"""Every path of the control plane."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path, re_path

from gateway_project.health.views import HealthView, LivenessView, ReadinessView
from gateway_project.metrics.views import MetricsView
from gateway_project.not_found import NotFoundView, internal_error, page_not_found, permission_denied
from gateway_project.openapi import OpenApiView, SwaggerUiView
from gateway_project.traffic.views import TrafficTailView

urlpatterns = [
    path("console/language/", include("django.conf.urls.i18n")),
    path("console/", include("gateway_project.console.live.urls")),
    path("console/", include("gateway_project.console.explain.urls")),
    path("console/", include("configuration.console.urls")),
    path("console/", admin.site.urls),
    path("admin/", include("gateway_project.explain.urls")),
    path("admin/", include("revisions.api.urls")),  # before what takes any path below it
    path("admin/traffic/tail", TrafficTailView.as_view(), name="traffic-tail"),
    path("admin/", include("routing.api.urls")),
    path("admin/", include("services.api.urls")),
    path("", include("configuration.urls")),
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LivenessView.as_view(), name="health-live"),
    path("health/ready", ReadinessView.as_view(), name="health-ready"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    re_path(r"^swagger-ui/?$", SwaggerUiView.as_view(), name="swagger-ui"),
]
if find_spec("permissions.api.urls"):
    urlpatterns.append(path("", include("permissions.api.urls")))
urlpatterns.append(re_path(r"^(?!console/|static/)", NotFoundView.as_view(), name="not-found"))

handler403 = permission_denied
handler404 = page_not_found
handler500 = internal_error
