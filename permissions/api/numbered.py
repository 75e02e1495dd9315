"""Rows whose id is a number."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet

from gateway_project.rest.errors import NotFound
from revisions.api.viewset import ConfigurationViewSet


class NumberedViewSet(ConfigurationViewSet):
    """A resource that is found by its number; all of it is for administrators only (G-011)."""

    administrator_actions = frozenset({"list", "retrieve", "create", "update", "destroy"})

    def get_row(self, pk: str, *, lock: bool = False) -> Any:
        """The row with this number, written as GET writes it, locked for a change if asked. Raises `NotFound`."""
        rows = self.get_queryset()
        return numbered_row(rows.select_for_update(of=("self",)) if lock else rows, pk, self.not_found)


def numbered_row(rows: QuerySet[Any], number: str, message: object) -> Any:
    """The row with this number. Raises `NotFound`: one that cannot exist is no different from one that does not."""
    row = rows.filter(pk=int(number)).first() if re.fullmatch(r"[1-9][0-9]{0,17}", number, re.ASCII) else None
    if row is None:
        raise NotFound(message)
    return row
