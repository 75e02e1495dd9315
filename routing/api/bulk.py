"""Many routes made at once: what they refer to is read in a few queries, and they are stored in a few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _

from gateway_project.rest.errors import Conflict
from revisions import change
from routing.api.serializers import RouteSerializer
from routing.models import Route, RoutePermission
from routing.required import chosen
from services.bulk import NamedServices

CHUNK = 300
"""Rows a query asks for: SQLite takes 999 values."""


class RouteBatch(RouteSerializer):
    """A serializer that judges one body after the other, and looks nothing up for any of them alone."""

    def __init__(self, bodies: Sequence[Mapping[str, Any]], caller: Any) -> None:
        super().__init__(context={"caller": caller})
        codes = {code for body in bodies for code in _texts(body.get("required_permissions"))}
        names = {name for body in bodies if isinstance(name := body.get("service_name"), str)}
        patterns = sorted({text for body in bodies if isinstance(text := body.get("path_pattern"), str)})
        self._services = NamedServices(names, caller, lambda service: Route(service=service))
        self._permissions = apps.get_model("permissions", "Permission").objects.in_bulk(list(codes), field_name="code")
        self._stored = {row.duplicate_key: row for row in _live(patterns)}
        self._new: dict[str, Route] = {}
        self._required: list[RoutePermission] = []

    def add(self, body: Mapping[str, Any]) -> Route:
        """The route, which is stored with all others. Raises what creating it would."""
        values = self.run_validation(dict(body))
        permissions = values.pop("permission_codes", [])
        row = Route(service=self._services.named(values.pop("service.name")), **values)
        row.duplicate_key = row.matching_key()
        self._new[row.duplicate_key] = row
        required = [RoutePermission(route=row, permission=permission) for permission in permissions]
        self._required += required
        vars(row)["_prefetched_objects_cache"] = {"route_permissions": required}  # as reading them back would leave it
        return row

    def store(self) -> None:
        """Writes them."""
        Route.objects.bulk_create(self._new.values())
        RoutePermission.objects.bulk_create(self._required)

    def validate_required_permissions(self, codes: list[str]) -> list[Any]:
        """Of those that were read."""
        return chosen(codes, self._permissions)

    def check_row(self, row: Model, exclude: set[str], *, constraints: bool) -> None:
        """As the model's `full_clean`, but a duplicate is looked for among those that were read, and in the batch."""
        assert isinstance(row, Route)
        row.full_clean(exclude=exclude, validate_constraints=False)
        if not constraints:
            return
        key = row.matching_key()
        if key in self._stored:
            raise row.clash_with(self._stored[key])
        if key in self._new:
            raise Conflict(_("Another route of this batch already matches these requests."))
        change.check(row)


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _live(patterns: Sequence[str]) -> list[Route]:
    """Every live route of one of these patterns: no other can be a duplicate."""
    found: list[Route] = []
    for start in range(0, len(patterns), CHUNK):
        found += Route.objects.live().filter(path_pattern__in=patterns[start : start + CHUNK]).order_by("pk")
    return found
