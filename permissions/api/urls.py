"""Paths of this app's API."""

from __future__ import annotations

from typing import Any

from django.urls import path

from permissions.api.auth_views import LoginView, RefreshView, RevokeView
from permissions.api.consumer_views import ConsumerViewSet
from permissions.api.credential_views import BasicViewSet, KeyViewSet
from permissions.api.views import PermissionViewSet

LIST: dict[str, Any] = {"get": "list", "post": "create"}
DETAIL: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

urlpatterns = [
    path("admin/consumers", ConsumerViewSet.as_view(LIST), name="consumers"),
    path("admin/consumers/<str:pk>", ConsumerViewSet.as_view(DETAIL), name="consumer"),
    path("admin/consumers/<str:consumer_id>/keys", KeyViewSet.as_view(LIST), name="keys"),
    path("admin/consumers/<str:consumer_id>/keys/<str:pk>", KeyViewSet.as_view(DETAIL), name="key"),
    path("admin/consumers/<str:consumer_id>/basic", BasicViewSet.as_view(LIST), name="basic-credentials"),
    path("admin/consumers/<str:consumer_id>/basic/<str:pk>", BasicViewSet.as_view(DETAIL), name="basic-credential"),
    path("admin/permissions", PermissionViewSet.as_view(LIST), name="permissions"),
    path("admin/permissions/<str:pk>", PermissionViewSet.as_view(DETAIL), name="permission"),
    path("admin/auth/token", LoginView.as_view(), name="auth-token"),
    path("admin/auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("admin/auth/revoke", RevokeView.as_view(), name="auth-revoke"),
]
