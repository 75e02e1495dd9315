"""Carries out a plan: rows written in bulk, kind by kind in the order of the plan, inside the caller's change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from configuration.files.columns import Column
from configuration.files.entry import Entry, same
from configuration.files.file_kinds import FILE_KINDS, FileKind
from configuration.files.judging import Judged
from configuration.files.plan import Change, Plan
from configuration.files.stored import Stored
from configuration.kinds import KINDS
from gateway_project.rest import access
from gateway_project.rest.errors import Conflict, Forbidden
from permissions.models import Consumer, Permission, Role
from routing.models import Route, RoutePermission
from services.models import Service

BATCH = 500
"""Rows of one statement."""
NAMED: Mapping[str, tuple[type[Any], str]] = {
    "service": (Service, "name"),
    "permission": (Permission, "code"),
    "role": (Role, "name"),
    "consumer": (Consumer, "name"),
    "team": (Group, "name"),
}
"""Rows that others name: the model, and the column of the name."""
CREDENTIALS = ("key", "basic")


def store(plan: Plan, judged: Judged, found: Stored, caller: Any, actor: str) -> None:
    """Writes, inside a `revisions.change.change()`; grants are the actor's.

    Raises `NotFound` and `Forbidden` for what the caller may not change, `Conflict` for what is in use.
    """
    writer = _Writer(judged, found, caller, actor)
    for (action, kind), changes in groupby(_ordered(plan.changes), key=lambda one: (one.action, one.kind)):
        writer.write(action, FILE_KINDS[kind], list(changes))


def _ordered(changes: Sequence[Change]) -> Iterator[Change]:
    """Of each kind updates before creates: a new row may take the path that an old one leaves."""
    for (_kind, _gone), some in groupby(changes, key=lambda one: (one.kind, one.action == "delete")):
        yield from sorted(some, key=lambda one: one.action == "create")


class _Writer:
    def __init__(self, judged: Judged, found: Stored, caller: Any, actor: str) -> None:
        self.actor = actor
        self.judged = judged
        self.found = found
        self.caller = caller
        self.everything = access.is_administrator(caller)
        self.now = timezone.now()
        self.ids: dict[str, dict[str, Any]] = {}

    def write(self, action: str, kind: FileKind, changes: Sequence[Change]) -> None:
        """Changes of one action and kind."""
        if action == "delete":
            self._delete(kind, [self.found.row(one.before) for one in changes if one.before])
        elif action == "create":
            self._create(kind, changes)
            self.ids.pop(kind.kind, None)
        else:
            self._update(kind, changes)

    def _create(self, kind: FileKind, changes: Sequence[Change]) -> None:
        entries = [one.after for one in changes if one.after]
        rows = [self._related(kind, self.judged.row(entry), entry) for entry in entries]
        self._require_write(rows)
        if kind.kind == "service" and not self.everything:
            raise Forbidden(_("Insufficient permissions: administrators only."))
        for row in rows:
            if kind.kind == "route":
                row.duplicate_key = row.matching_key()
            elif kind.kind == "grant":
                row.granted_by = self.actor
        try:
            kind.model.objects.bulk_create(rows, batch_size=BATCH)
        except IntegrityError as error:
            names = ", ".join(entry.name for entry in entries[:10])
            raise Conflict(
                _("One of these has the name or id of a row that is deleted or hidden: %s") % names
            ) from error
        if kind.kind == "route":
            self._require_permissions((row, set(), _codes(entry)) for row, entry in zip(rows, entries, strict=True))

    def _update(self, kind: FileKind, changes: Sequence[Change]) -> None:
        rows = [self.found.row(one.before) for one in changes if one.before]
        self._require_write(rows)
        columns: set[str] = set()
        for row, one in zip(rows, changes, strict=True):
            columns |= self._give(kind, row, one)
        if "owner" in columns and not self.everything:
            raise Forbidden(_("Insufficient permissions: administrators only."))
        self._require_write(rows)
        self._make_room(kind, rows, columns)
        for row in rows:
            row.updated_at = self.now
        kind.model.objects.bulk_update(rows, [*sorted(columns), "updated_at"], batch_size=BATCH)
        if kind.kind == "route":
            pairs = zip(rows, changes, strict=True)
            self._require_permissions((row, _codes(one.before), _codes(one.after)) for row, one in pairs)

    def _give(self, kind: FileKind, row: Any, one: Change) -> set[str]:
        """Gives a stored row its new values; the names of the columns that have other ones."""
        assert one.after is not None
        wanted = self._related(kind, self.judged.row(one.after), one.after)
        changed = set()
        for column, field in stored_columns(kind):
            value = getattr(wanted, field.attname)
            left_open = column.place[0] in one.after.kept and column.place[0] not in one.after.data
            if not left_open and not _equal(getattr(row, field.attname), value):
                setattr(row, field.attname, value)
                changed.add(field.name)
        if kind.kind == "route" and row.matching_key() != row.duplicate_key:
            row.duplicate_key = row.matching_key()
            changed.add("duplicate_key")
        return changed

    def _make_room(self, kind: FileKind, rows: Sequence[Any], columns: set[str]) -> None:
        """Takes unique values away from rows that get others, so that two rows may swap them."""
        for name, nothing in (("duplicate_key", Cast("id", CharField())), ("jwt_subject", None)):
            if name in columns:
                for batch in _batches(rows):
                    kind.model.objects.filter(pk__in=[row.pk for row in batch]).update(**{name: nothing})

    def _delete(self, kind: FileKind, rows: Sequence[Any]) -> None:
        self._require_write(rows)
        if kind.kind == "route":
            for batch in _batches(rows):
                doomed = Route.objects.filter(pk__in=[row.pk for row in batch])
                doomed.update(deleted_at=self.now, updated_at=self.now)
            return
        for row in rows:
            KINDS["credential" if kind.kind in CREDENTIALS else kind.kind].remove(row)

    def _related(self, kind: FileKind, row: Any, entry: Entry) -> Any:
        """The unsaved row with the rows it names."""
        if kind.parent:
            setattr(row, f"{kind.parent_column}_id", self._id(kind.parent, entry.parent))
        for column in kind.reader.columns:
            if column.source in kind.relations:
                attribute, named = kind.relations[column.source]
                name = entry.data.get(column.place[0])
                setattr(row, f"{attribute}_id", None if name is None else self._id(named, name))
        return row

    def _id(self, kind: str, name: str) -> Any:
        """The id of a row by its name; all of a kind are read at once."""
        if kind not in self.ids:
            model, column = NAMED[kind]
            self.ids[kind] = dict(model.objects.values_list(column, "pk"))
        return self.ids[kind][name]

    def _require_permissions(self, wanted: Iterator[tuple[Any, set[str], set[str]]]) -> None:
        """Makes the permissions of routes those of the second set, which were those of the first."""
        added = []
        for route, before, after in wanted:
            gone = [self._id("permission", code) for code in before - after]
            if gone:
                RoutePermission.objects.filter(route=route, permission_id__in=gone).delete()
            added += [
                RoutePermission(route=route, permission_id=self._id("permission", code))
                for code in sorted(after - before)
            ]
        RoutePermission.objects.bulk_create(added, batch_size=BATCH)

    def _require_write(self, rows: Sequence[Any]) -> None:
        if not self.everything:
            for row in rows:
                access.require_write(self.caller, row)


def stored_columns(kind: FileKind) -> Iterator[tuple[Column, Any]]:
    """The columns of a kind that are its model's own, with the model's fields."""
    fields = {field.name: field for field in kind.model._meta.concrete_fields}
    for column in kind.reader.columns:
        name = kind.relations[column.source][0] if column.source in kind.relations else column.source
        if name in fields:
            yield column, fields[name]


def _equal(one: Any, other: Any) -> bool:
    return same(one, other) if isinstance(one, (dict, list)) else one == other


def _codes(entry: Entry | None) -> set[str]:
    return set(entry.data.get("required_permissions", ())) if entry else set()


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
