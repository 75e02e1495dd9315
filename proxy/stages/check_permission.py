"""Whether the caller holds what the route asks for (G-321, G-224)."""

from __future__ import annotations

from collections.abc import Callable

from permissions.decision import is_allowed
from proxy.errors import forbidden
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "check_permission"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """A route that names no permission is content with a caller that is known."""
    required = frozenset(route.required_permissions)
    strategy = route.permission_check_strategy
    if not required:
        return None

    def check_permission(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is None or not is_allowed(required, principal.held, strategy):
            raise forbidden(f"needs {strategy} of {', '.join(sorted(required))}")

    return check_permission
