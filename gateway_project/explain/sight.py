"""What a caller may see of routes and services, as sets of their ids and names."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any
from uuid import UUID

from gateway_project.rest import access


class Everything:
    """An administrator sees whatever he asks for, also what has no row."""

    def __contains__(self, wanted: object) -> bool:
        return True


def routes_seen(caller: Any, ids: Iterable[str]) -> Container[str]:
    """Which of these routes, by id, the caller may see."""
    from routing.models import Route

    if access.is_administrator(caller):
        return Everything()
    rows = access.visible(caller, Route.objects.filter(pk__in=[UUID(one) for one in ids]))
    return {str(key) for key in rows.values_list("pk", flat=True)}


def services_seen(caller: Any) -> Container[str]:
    """The services, by id and by name, that the caller may see."""
    from services.models import Service

    if access.is_administrator(caller):
        return Everything()
    rows = access.visible(caller, Service.objects.all()).values_list("pk", "name")
    return {text for key, name in rows for text in (str(key), name)}


def permissions_seen(caller: Any) -> Container[str]:
    """The codes of permissions: those of all, or none (G-011)."""
    return Everything() if access.is_administrator(caller) else frozenset()
