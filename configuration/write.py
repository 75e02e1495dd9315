"""Creates, updates and deletes of rows of any kind, through the serializers and the checks that REST's own views use.

Called inside a `revisions.change.change()` block; what is raised is what the view would answer: `ApiError`, the
`ValidationError` of Django or of the REST framework, `ProtectedError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from configuration.kind import Entry, Kind
from configuration.lookup import Lookup
from configuration.refusal import Refused, attempt, judged
from gateway_project.rest import access
from gateway_project.rest.errors import field_errors
from revisions.change import change
from revisions.recorder import stored_rows

Action = Literal["create", "update", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Written:
    """What one write did."""

    action: Action
    kind: Kind
    row: Any
    id: str
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
    """One write. `identity` is the natural key or id of the row, and nothing for a create.

    The caller is a request's user, or `access.LOCAL`; what he may not see does not exist for him.
    """
    return Writer(caller).write(action, kind, identity, data)


class Writer:
    """Writes for one caller, with one serializer of a class: making one takes longer than a write with it."""

    def __init__(self, caller: Any) -> None:
        self.caller = caller
        self._serializers: dict[str, Any] = {}

    def write(self, action: Action, kind: Kind, identity: str, data: Mapping[str, Any]) -> Written:
        """As the function above."""
        if action == "create":
            return self.create(kind, data)
        if not identity:
            raise field_errors({"name": _("Name the object, or give its id.")})
        row = kind.find(identity, self._rows(kind))
        return self.update(kind, row, data) if action == "update" else self.delete(kind, row)

    def create(self, kind: Kind, data: Mapping[str, Any]) -> Written:
        """Stores a new row; an instance that is registered already in the same words is answered as it is."""
        access.require_create(self.caller, kind.model)
        entry = kind.creation(data)
        serializer = self._serializer(entry)
        row = serializer.create(serializer.run_validation(entry.data))
        return _made(kind, row)

    def create_many(self, kind: Kind, bodies: Sequence[Mapping[str, Any]]) -> list[Written | Refused]:
        """Each by itself, in order: one that is refused does not keep the others from being made."""
        if not kind.bulk:
            return [attempt(partial(self.create, kind, body)) for body in bodies]
        batch = import_string(kind.bulk)(bodies, self.caller)

        def add(body: Mapping[str, Any]) -> Any:
            access.require_create(self.caller, kind.model)
            return batch.add(body)

        rows = [judged(partial(add, body)) for body in bodies]
        batch.store()
        return [row if isinstance(row, Refused) else _made(kind, row) for row in rows]

    def update_many(
        self, kind: Kind, items: Sequence[tuple[str, Mapping[str, Any]]], *, renames: bool = False
    ) -> list[Written | Refused]:
        """Each (natural key or id, data) by itself.

        The names are those from before the first, or with `renames` those that the ones before have left.
        """
        rows = self._known(kind, [name for name, _data in items])

        def update(name: str, data: Mapping[str, Any]) -> Written:
            row = rows.one(name)
            before = kind.natural_key(row)
            written = self.update(kind, row, data)
            if renames and written.name != before:
                rows.rename(written.row, before, written.name)
            return written

        return [attempt(partial(update, name, data)) for name, data in items]

    def delete_many(self, kind: Kind, names: Sequence[str]) -> list[Written | Refused]:
        """Each natural key or id by itself."""
        rows = self._known(kind, names)

        def delete(name: str) -> Written:
            row = rows.one(name)
            pk, written = row.pk, self.delete(kind, row)
            rows.forget(pk)
            return written

        return [attempt(partial(delete, name)) for name in names]

    def update(self, kind: Kind, row: Any, data: Mapping[str, Any]) -> Written:
        """Changes the fields that are given; the others stay."""
        access.require_write(self.caller, row)
        before = kind.document(row)
        entry = kind.modification(row, data)
        serializer = self._serializer(entry, row)
        row = serializer.update(row, serializer.run_validation(entry.data))
        return Written("update", kind, row, str(row.pk), kind.natural_key(row), before, kind.document(row))

    def delete(self, kind: Kind, row: Any) -> Written:
        """Removes a row by the rules of its kind."""
        access.require_delete(self.caller, row)
        written = Written("delete", kind, row, str(row.pk), kind.natural_key(row), kind.document(row), None)
        kind.remove(row)
        return written

    def _known(self, kind: Kind, names: Sequence[str]) -> Lookup:
        """The rows of these names; the change has read them together, and reads none of them again."""
        rows = kind.lookup(names, self._rows(kind))
        with change() as current:
            current.recorder.keep(kind.model, stored_rows(kind.model, rows.pks))
        return rows

    def _rows(self, kind: Kind) -> QuerySet[Any]:
        return access.visible(self.caller, kind.rows()).select_for_update(of=("self",))

    def _serializer(self, entry: Entry, row: Any = None) -> Any:
        found = self._serializers.get(entry.serializer)
        if found is None:
            found = self._serializers[entry.serializer] = import_string(entry.serializer)(context={})
        found.context.clear()
        found.context.update(entry.context, caller=self.caller)
        found.instance, found.partial = row, row is not None
        return found


def _made(kind: Kind, row: Any) -> Written:
    return Written("create", kind, row, str(row.pk), kind.natural_key(row), None, kind.document(row))
