"""Requests stay with whoever answers them: nobody but an administrator takes them from a route that is not his.

It judges every change of callers who change routes of their teams alone (`revisions.guards`), whichever door it came
through, against the routes in force before it. What costs nothing to who is an administrator costs the others one
look at the revision counter, and the routes that have changed since somebody looked last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from gateway_project.rest import access
from gateway_project.rest.conflicts import blamed_fields, blaming
from proxy.conflicts.newest_table import NEWEST as NEWEST_TABLE
from proxy.conflicts.takings import Taking, Takings
from proxy.snapshot.loader import NEWEST as NEWEST_CONFIGURATION
from revisions.guards import Guarded
from revisions.recorder import RowChange
from routing.compile import matching_spec, route_specs
from routing.models import Route
from routing.spec import RouteSpec
from services.models import Service

DECISIVE = (
    "is_active", "deleted_at", "priority", "hosts", "path_pattern", "path_kind", "methods",
    "header_conditions", "query_conditions", "client_cidrs", "created_at",
)  # fmt: skip
"""Columns of a route that decide which requests it answers."""


class HeldPaths:
    """A Guard for one change of a caller who is no administrator."""

    def __init__(self, caller: Any) -> None:
        self._caller = caller
        self._read()

    def _read(self) -> None:
        configuration = NEWEST_CONFIGURATION.load()
        self._revision = configuration.revision
        self._takings = Takings(NEWEST_TABLE.of(configuration.routes))

    def begin(self, newest: int) -> None:
        """Reads on if another change has come between."""
        if self._revision != newest:
            self._read()

    def check(self, row: Model) -> None:
        """Of a route as it would be stored. What breaks another rule is refused for that."""
        if not isinstance(row, Route) or not row.is_active or row.deleted_at is not None:
            return
        try:
            taking = self._takings.first(matching_spec(row), self._may_lose)
        except ValueError:
            return
        if taking is not None:
            raise refusal(taking, row.path_pattern)

    def judge(self, rows: Sequence[RowChange]) -> None:
        """Of every route that answers other requests now, as the data plane would read it."""
        ids = [str(row.pk) for row in rows if row.model is Route and _answers_others(row)]
        for route in route_specs(ids) if ids else ():
            taking = self._takings.first(route, self._may_lose)
            if taking is not None:
                raise Guarded(blamed_fields(refusal(taking, route.path_pattern)))

    def _may_lose(self, route: RouteSpec) -> bool:
        """Whether the caller may take requests from this route: it is his teams', or gives way to everybody."""
        return route.priority < 0 or route.service_name in self._own_services

    @cached_property
    def _own_services(self) -> frozenset[str]:
        """Names of the services whose routes the caller may change."""
        owned = access.visible(self._caller, Service.objects.exclude(owner=None)).select_related("owner")
        return frozenset(row.name for row in owned if access.may_write(self._caller, row))


def _answers_others(row: RowChange) -> bool:
    if row.before is None or row.after is None:
        return row.after is not None
    before, after = row.before.document, row.after.document
    return any(before.get(name) != after.get(name) for name in DECISIVE)


def refusal(taking: Taking, path: str) -> Any:
    """What is told of it: that the requests are taken, and nothing of who answers them."""
    if taking.field == "priority":
        told = _(
            "With this priority the route for %(path)s would answer requests that are answered by a route of somebody "
            "else. Give it a lower one, choose a path of your own, or ask an administrator."
        )
    else:
        told = _(
            "The route for %(path)s would answer requests that are answered by a route of somebody else. "
            "Choose a path of your own, or ask an administrator."
        )
    return blaming(taking.field, told, path)
