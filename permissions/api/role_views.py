"""`/admin/roles`: names that tokens carry and grants are given to (G-223)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gateway_project.rest.resource_schema import IN_USE, described
from permissions.api import examples
from permissions.api.filters import RoleFilter
from permissions.api.numbered import NumberedViewSet
from permissions.api.role_serializers import RoleSerializer
from permissions.models import Role
from permissions.usage import remove_role


@described("role", "roles", tag="roles", failures=IN_USE, **examples.ROLE)
class RoleViewSet(NumberedViewSet):
    """Roles; all of it for administrators only (G-011)."""

    queryset = Role.objects.order_by("name")
    serializer_class = RoleSerializer
    filterset_class = RoleFilter
    list_key = "roles"
    reply_id = "role_id"
    created_fields = ("name", "created_at")
    not_found = _("Role not found.")
    messages = {
        "list": _("Roles fetched."),
        "retrieve": _("Role fetched."),
        "create": _("Role created."),
        "update": _("Role updated."),
        "destroy": _("Role deleted."),
    }

    def remove(self, row: Role, now: Any) -> None:
        """Raises `Conflict` while something is granted to the role."""
        remove_role(row)
