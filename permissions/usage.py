"""Who still needs a permission: routes that require it, holders it was granted to (G-221)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gateway_project.rest.errors import Conflict
from permissions.models import Grant, Permission, Role
from routing.models import Route, RoutePermission


def users_of(permission: Permission) -> list[str]:
    """Every use, as text for a person: live routes, then grants, expired ones too."""
    routes = [f"route {row} ({row.pk})" for row in _routes(permission).filter(deleted_at=None).order_by("pk")]
    grants = Grant.objects.filter(permission=permission).select_related("role", "consumer").order_by("pk")
    return [*routes, *(f"grant {row.holder} ({row.pk})" for row in grants)]


def remove_permission(permission: Permission) -> None:
    """Deletes it. Raises `Conflict` for a system permission and for one in use."""
    if permission.is_system:
        raise Conflict(_("A system permission cannot be deleted."))
    users = users_of(permission)
    if users:
        raise Conflict(_("The permission is still in use."), content={"used_by": users[:100]})
    release_deleted_routes(permission)
    permission.delete()


def remove_role(role: Role) -> None:
    """Deletes it. Raises `Conflict` while something is granted to it, be it expired."""
    grants = Grant.objects.filter(role=role).select_related("permission", "role").order_by("pk")
    if grants:
        used_by = [f"grant {row} ({row.pk})" for row in grants[:100]]
        raise Conflict(_("The role is still in use: delete its grants first."), content={"used_by": used_by})
    role.delete()


def release_deleted_routes(permission: Permission) -> None:
    """Lets go of routes that are deleted but could be restored.

    They are switched off at the same time: brought back without the permission they would let everybody in.
    """
    _routes(permission).exclude(deleted_at=None).update(is_active=False)
    RoutePermission.objects.filter(permission=permission).exclude(route__deleted_at=None).delete()


def _routes(permission: Permission) -> QuerySet[Route]:
    return Route.objects.filter(route_permissions__permission=permission)
