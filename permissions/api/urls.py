"""Paths of this app's API."""

from __future__ import annotations

from django.urls import path

from permissions.api.auth_views import LoginView, RefreshView, RevokeView
from permissions.api.views import PermissionViewSet

urlpatterns = [
    path("admin/permissions", PermissionViewSet.as_view({"get": "list", "post": "create"}), name="permissions"),
    path(
        "admin/permissions/<str:pk>",
        PermissionViewSet.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
        name="permission",
    ),
    path("admin/auth/token", LoginView.as_view(), name="auth-token"),
    path("admin/auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("admin/auth/revoke", RevokeView.as_view(), name="auth-revoke"),
]
