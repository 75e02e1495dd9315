"""One create, update or delete of a row of any kind, through the serializer and the checks that REST's own view uses.

Called inside a `revisions.change.change()` block; what it raises is what the view would answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from configuration.kind import Kind
from gateway_project.rest.errors import field_errors

Action = Literal["create", "update", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Written:
    """What one write did."""

    action: Action
    kind: Kind
    row: Any
    name: str
    """The natural key, after a rename the new one."""
    before: dict[str, Any] | None
    """As GET showed the row; None for a new one."""
    after: dict[str, Any] | None
    """As GET shows it now; None for one that is gone."""

    @property
    def fields(self) -> list[str]:
        """The fields whose value is another now."""
        before, after = self.before or {}, self.after or {}
        names = [*after, *(name for name in before if name not in after)]
        return [name for name in names if before.get(name) != after.get(name)]


def write(action: Action, kind: Kind, identity: str, data: Mapping[str, Any], caller: Any) -> Written:
    """Does it. `identity` is the natural key or id of the row, and nothing for a create.

    Raises `ApiError`, the `ValidationError` of Django or of the REST framework, or `ProtectedError`.
    """
    if action == "create":
        return create(kind, data, caller)
    if not identity:
        raise field_errors({"name": _("Name the object, or give its id.")})
    row = kind.find(identity, kind.rows().select_for_update(of=("self",)))
    return update(kind, row, data, caller) if action == "update" else delete(kind, row, caller)


def create(kind: Kind, data: Mapping[str, Any], caller: Any) -> Written:
    """Stores a new row; an instance that is registered already in the same words is answered as it is."""
    serializer = kind.creation(data, {"caller": caller})
    serializer.is_valid(raise_exception=True)
    row = serializer.save()
    return Written("create", kind, row, kind.natural_key(row), None, kind.document(row))


def update(kind: Kind, row: Any, data: Mapping[str, Any], caller: Any) -> Written:
    """Changes the fields that are given; the others stay."""
    before = kind.document(row)
    serializer = kind.modification(row, data, {"caller": caller})
    serializer.is_valid(raise_exception=True)
    row = serializer.save()
    return Written("update", kind, row, kind.natural_key(row), before, kind.document(row))


def delete(kind: Kind, row: Any, caller: Any) -> Written:
    """Removes a row by the rules of its kind."""
    name, before = kind.natural_key(row), kind.document(row)
    kind.remove(row)
    return Written("delete", kind, row, name, before, None)
