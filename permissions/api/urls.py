"""Paths of this app's API."""

from __future__ import annotations

from typing import Any

from django.urls import path

from permissions.api.audit_views import AuditViewSet
from permissions.api.auth_views import LoginView, RefreshView, RevokeView
from permissions.api.consumer_views import ConsumerViewSet
from permissions.api.credential_views import BasicViewSet, KeyViewSet
from permissions.api.grant_views import GrantViewSet
from permissions.api.issuer_views import IssuerViewSet
from permissions.api.revocation_views import RevocationViewSet
from permissions.api.role_views import RoleViewSet
from permissions.api.token_views import ApiTokenViewSet
from permissions.api.views import PermissionViewSet

LIST: dict[str, Any] = {"get": "list", "post": "create"}
DETAIL: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}
REVOCATION: dict[str, Any] = {"get": "retrieve", "delete": "destroy"}

urlpatterns = [
    path("admin/consumers", ConsumerViewSet.as_view(LIST), name="consumers"),
    path("admin/consumers/<str:pk>", ConsumerViewSet.as_view(DETAIL), name="consumer"),
    path("admin/consumers/<str:consumer_id>/keys", KeyViewSet.as_view(LIST), name="keys"),
    path("admin/consumers/<str:consumer_id>/keys/<str:pk>", KeyViewSet.as_view(DETAIL), name="key"),
    path("admin/consumers/<str:consumer_id>/basic", BasicViewSet.as_view(LIST), name="basic-credentials"),
    path("admin/consumers/<str:consumer_id>/basic/<str:pk>", BasicViewSet.as_view(DETAIL), name="basic-credential"),
    path("admin/permissions", PermissionViewSet.as_view(LIST), name="permissions"),
    path("admin/permissions/<str:pk>", PermissionViewSet.as_view(DETAIL), name="permission"),
    path("admin/roles", RoleViewSet.as_view(LIST), name="roles"),
    path("admin/roles/<str:pk>", RoleViewSet.as_view(DETAIL), name="role"),
    path("admin/grants", GrantViewSet.as_view(LIST), name="grants"),
    path("admin/grants/<str:pk>", GrantViewSet.as_view(DETAIL), name="grant"),
    path("admin/issuers", IssuerViewSet.as_view(LIST), name="issuers"),
    path("admin/issuers/<str:pk>", IssuerViewSet.as_view(DETAIL), name="issuer"),
    path("admin/issuers/<str:pk>/test", IssuerViewSet.as_view({"post": "test"}), name="issuer-test"),
    path("admin/audit", AuditViewSet.as_view({"get": "list"}), name="audit"),
    path("admin/tokens", ApiTokenViewSet.as_view(LIST), name="api-tokens"),
    path("admin/tokens/<str:pk>", ApiTokenViewSet.as_view({"delete": "destroy"}), name="api-token"),
    path("admin/auth/token", LoginView.as_view(), name="auth-token"),
    path("admin/auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("admin/auth/revoke", RevokeView.as_view(), name="auth-revoke"),
    path("admin/auth/revocations", RevocationViewSet.as_view({"get": "list"}), name="revocations"),
    path("admin/auth/revocations/<str:pk>", RevocationViewSet.as_view(REVOCATION), name="revocation"),
]
