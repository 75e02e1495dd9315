"""Who may call what of the REST API (G-010, G-011). Named in the settings, used through gateway_project.rest.access."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from permissions.api.caller import TokenCaller
from permissions.standing import standing_of

UNAUTHENTICATED = _("Missing or invalid access token.")


def is_gateway_administrator(user: Any) -> bool:
    """As `permissions.standing` says. A member of staff may open the console; that alone makes no administrator."""
    return standing_of(user).administrator


class IsAuthenticated(BasePermission):
    """Any access token, any logged-in person.

    A view with `write_permission_setting = "GATEWAY_SERVICE_WRITE_PERMISSION"` demands for its writes the
    permission that setting names, where it names one (G-011); an administrator needs none, nor does an operator:
    he changes what belongs to his teams.
    """

    message = _("Permission denied.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises `NotAuthenticated` (F40001) for nobody; False is F40003."""
        user = require_caller(request)
        wanted = getattr(settings, getattr(view, "write_permission_setting", ""), "")
        if not wanted or request.method in SAFE_METHODS or IsOperator.allows(user):
            return True
        return isinstance(user, TokenCaller) and wanted in user.held


class IsGatewayAdministrator(BasePermission):
    """Administrators only."""

    message = _("Insufficient permissions: administrators only.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises `NotAuthenticated` (F40001) for nobody; False is F40003."""
        return is_gateway_administrator(require_caller(request))


class IsOperator(BasePermission):
    """Administrators, and operators: what belongs to their teams is asked of the row, by `access.require_write`."""

    message = _("Insufficient permissions: administrators only.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises `NotAuthenticated` (F40001) for nobody; False is F40003."""
        return self.allows(require_caller(request))

    @staticmethod
    def allows(user: Any) -> bool:
        """Whether the caller is either."""
        standing = standing_of(user)
        return standing.administrator or standing.operator


def require_caller(request: Request) -> Any:
    """The caller. Raises `NotAuthenticated` when there is none, or his account was disabled."""
    user = request.user
    if user is None or not user.is_authenticated or not user.is_active:
        raise NotAuthenticated(UNAUTHENTICATED)
    return user
