"""`/admin/permissions` (G-220, G-221)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view

from gateway_project.rest.schema import answers
from permissions.api.filters import PermissionFilter
from permissions.api.numbered import NumberedViewSet
from permissions.api.serializers import (
    PermissionCreatedSerializer,
    PermissionDeletedSerializer,
    PermissionListSerializer,
    PermissionSerializer,
    PermissionUpdatedSerializer,
)
from permissions.models import Permission
from permissions.usage import remove_permission

EXAMPLE = OpenApiExample(
    "A permission",
    value={
        "permission_code": "custom.permission",
        "permission_name": "自定義權限",
        "description": "自定義權限描述",
        "resource_type": "custom",
        "actions": ["read", "write"],
        "is_system": False,
    },
    request_only=True,
)


@extend_schema_view(
    list=extend_schema(
        operation_id="listPermissions",
        summary="List permissions",
        responses=answers("PermissionList", PermissionListSerializer, 400),
    ),
    retrieve=extend_schema(
        operation_id="getPermission",
        summary="Read a permission",
        responses=answers("Permission", PermissionSerializer, 404),
    ),
    create=extend_schema(
        operation_id="createPermission",
        summary="Create a permission",
        examples=[EXAMPLE],
        responses=answers("PermissionCreated", PermissionCreatedSerializer, 400, 409, 413),
    ),
    update=extend_schema(
        operation_id="updatePermission",
        summary="Change a permission",
        request=PermissionSerializer(partial=True),
        responses=answers("PermissionUpdated", PermissionUpdatedSerializer, 400, 404, 409, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deletePermission",
        summary="Delete a permission",
        responses=answers("PermissionDeleted", PermissionDeletedSerializer, 404, 409, 412),
    ),
)
@extend_schema(tags=["permissions"])
class PermissionViewSet(NumberedViewSet):
    """Permissions; all of it for administrators only (G-011)."""

    queryset = Permission.objects.order_by("id")
    serializer_class = PermissionSerializer
    filterset_class = PermissionFilter
    list_key = "permissions"
    reply_id = "permission_id"
    created_fields = ("id", "permission_code", "permission_name", "created_at")
    administrator_actions = frozenset({"list", "retrieve", "create", "update", "destroy"})
    not_found = _("Permission not found.")
    messages = {
        "list": _("Permissions fetched."),
        "retrieve": _("Permission fetched."),
        "create": _("Permission created."),
        "update": _("Permission updated."),
        "destroy": _("Permission deleted."),
    }

    def remove(self, row: Any, now: Any) -> None:
        """Raises `Conflict` for a system permission and for one in use."""
        remove_permission(row)
