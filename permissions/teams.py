"""Which rows a caller sees and changes, by the team their service belongs to (gateway_project.rest.access).

| service       | seen by                  | instances changed by           | routes, policy, plugins, breakers by |
|---------------|--------------------------|--------------------------------|--------------------------------------|
| without owner | any access token (G-011) | any access token, or who holds | administrators (G-010)               |
|               |                          | a permission, by a setting     |                                      |
| of a team     | its members              | its operators                  | its operators                        |

Administrators see and change everything.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from gateway_project.rest.access import RULES
from gateway_project.rest.errors import Forbidden, NotFound
from permissions.api.caller import TokenCaller
from permissions.standing import standing_of
from services.models import Service, ServiceInstance

NO_SERVICE = _("Service not found.")
OPERATORS_ONLY = _("Insufficient permissions: operators of the team only.")


class Rules:
    """The answers to `access.visible` and `access.require_write`."""

    def visible(self, caller: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As `access.visible`."""
        standing = standing_of(caller)
        if standing.administrator:
            return queryset
        rule = RULES.get(queryset.model._meta.label)
        if rule is None:
            return queryset.none()
        if callable(rule):
            return rule(queryset, standing.teams)
        return queryset.filter(owned_within(rule, standing.teams))

    def require_write(self, caller: Any, row: Model) -> None:
        """As `access.require_write`."""
        standing = standing_of(caller)
        if standing.administrator:
            return
        service = service_of(row)
        if service is None:
            raise Forbidden
        if service.owner_id is None:
            if not (isinstance(row, ServiceInstance) and may_write_instances(caller)):
                raise Forbidden
        elif service.owner_id not in standing.teams:
            raise NotFound(NO_SERVICE)
        elif not standing.operator:
            raise Forbidden(OPERATORS_ONLY)

    def require_delete(self, caller: Any, row: Model) -> None:
        """As `access.require_delete`."""
        self.require_write(caller, row)
        if isinstance(row, Service) and not standing_of(caller).administrator:
            raise Forbidden

    def require_create(self, caller: Any, model: type[Model]) -> None:
        """As `access.require_create`: operators make what belongs to a service, any caller instances (G-011)."""
        standing = standing_of(caller)
        below_a_service = bool(RULES.get(model._meta.label))
        if standing.administrator or (standing.operator and below_a_service):
            return
        if model is not ServiceInstance or not may_write_instances(caller):
            raise Forbidden

    def require_new_service(self, caller: Any) -> None:
        """As `access.require_new_service`: once a service belongs to a team, administrators alone make further ones.

        Else whoever names one could tell by the answer whether another team has it.
        """
        if not standing_of(caller).administrator and Service.objects.exclude(owner=None).exists():
            raise NotFound(NO_SERVICE)

    def is_administrator(self, caller: Any) -> bool:
        """As `access.is_administrator`."""
        return standing_of(caller).administrator


RULES_IN_FORCE = Rules()


def owned_within(path: str, teams: frozenset[int]) -> Q:
    """Those whose service, at this look-up path, belongs to nobody or to one of these teams."""
    owner = f"{path}__owner" if path else "owner"
    return Q(**{owner: None}) | Q(**{f"{owner}__in": teams})


def service_of(row: Model) -> Service | None:
    """The service a row belongs to, by the same table; None for a model that belongs to none."""
    rule = RULES.get(row._meta.label)
    if not isinstance(rule, str):
        return None
    found: Any = row
    for name in filter(None, rule.split("__")):
        found = getattr(found, name)
    return found if isinstance(found, Service) else None


def may_write_instances(caller: Any) -> bool:
    """Whether the caller may change instances of services without owner (G-011)."""
    wanted = settings.GATEWAY_SERVICE_WRITE_PERMISSION
    return not wanted or (isinstance(caller, TokenCaller) and wanted in caller.held)
