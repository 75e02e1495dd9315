"""Which part of the history a caller sees who is no administrator: that of the services he may see now."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet

from gateway_project.rest import access


def items_of_teams(items: QuerySet[Any], teams: frozenset[int]) -> QuerySet[Any]:
    """Changes of services that are there and belong to nobody or to one of these teams, and of what is theirs."""
    services = apps.get_model("services", "Service")._base_manager.filter(Q(owner=None) | Q(owner__in=teams))
    return items.filter(service_id__in=services.values("pk"))


def revisions_of_teams(revisions: QuerySet[Any], teams: frozenset[int]) -> QuerySet[Any]:
    """Revisions that hold such a change."""
    items = apps.get_model("revisions", "RevisionItem").objects.filter(revision=OuterRef("pk"))
    return revisions.filter(Exists(items_of_teams(items, teams)))


def hidden_services(caller: Any) -> list[Any]:
    """Ids of the services the caller may not see."""
    services: Any = apps.get_model("services", "Service")._base_manager
    seen = access.visible(caller, services.all())
    return list(services.exclude(pk__in=seen.values("pk")).values_list("pk", flat=True))
