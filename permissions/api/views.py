"""`/admin/permissions` (G-220, G-221)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gateway_project.rest.resource_schema import IN_USE, described
from permissions.api import examples
from permissions.api.filters import PermissionFilter
from permissions.api.numbered import NumberedViewSet
from permissions.api.serializers import PermissionSerializer
from permissions.models import Permission
from permissions.usage import remove_permission


@described("permission", "permissions", tag="permissions", failures=IN_USE, **examples.PERMISSION)
class PermissionViewSet(NumberedViewSet):
    """Permissions that routes require and grants give."""

    queryset = Permission.objects.order_by("id")
    serializer_class = PermissionSerializer
    filterset_class = PermissionFilter
    list_key = "permissions"
    reply_id = "permission_id"
    created_fields = ("id", "permission_code", "permission_name", "created_at")
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
