"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from revisions.api import examples
from revisions.api.restore_views import (
    GlobalPluginRestoreView,
    ServiceRestoreView,
    credential_restore_view,
    described,
    restore_view,
)
from revisions.api.views import RevisionViewSet

KINDS = {
    "routes": "route",
    "services": "instance",
    "consumers": "consumer",
    "permissions": "permission",
    "roles": "role",
    "grants": "grant",
    "issuers": "issuer",
}
"""What can be brought back one by one, by the path of its list."""

urlpatterns = [
    path("revisions", RevisionViewSet.as_view({"get": "list"}), name="revisions"),
    path("revisions/<str:number>", RevisionViewSet.as_view({"get": "retrieve"}), name="revision"),
    path(
        "revisions/<str:number>/diff/<str:other>",
        RevisionViewSet.as_view({"get": "difference"}),
        name="revisions-difference",
    ),
    path("revisions/<str:number>/restore", RevisionViewSet.as_view({"post": "restore"}), name="revision-restore"),
    *(
        path(f"{plural}/<str:pk>/restore", restore_view(kind, plural), name=f"{kind}-restore")
        for plural, kind in KINDS.items()
    ),
    path(
        "catalog/services/<path:pk>/restore",
        described(ServiceRestoreView, "Service", "service", "services", examples.NAMED),
        name="service-restore",
    ),
    path(
        "plugins/global/<str:pk>/restore",
        described(GlobalPluginRestoreView, "GlobalPlugin", "global plugin", "plugins", examples.NAMED),
        name="global-plugin-restore",
    ),
    path(
        "consumers/<str:consumer_id>/keys/<str:pk>/restore",
        credential_restore_view("api_key", "Key"),
        name="key-restore",
    ),
    path(
        "consumers/<str:consumer_id>/basic/<str:pk>/restore",
        credential_restore_view("basic", "Password"),
        name="basic-credential-restore",
    ),
]
