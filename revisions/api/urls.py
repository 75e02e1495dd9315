"""Paths below /admin/."""

from __future__ import annotations

from django.urls import path

from revisions.api.restore_views import restore_view
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
]
