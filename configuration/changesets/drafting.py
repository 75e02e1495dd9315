"""From a change that was tried to the changes of a set that come to the same.

The change is rehearsed: a form saved, a file imported, rows deleted. What it did to rows becomes items as REST takes
them: of a row that was changed the fields that are others, of a new one those that are not as by default.

What no item can say is refused, with its field: a hash, or a column that REST does not change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from configuration.kind import Kind
from configuration.kinds import KINDS
from gateway_project.rest.errors import BadRequest, field_errors
from gateway_project.rest.serializers import StrictModelSerializer
from revisions.documents import visible
from revisions.recorder import RowChange
from routing.models import RoutePermission

LAST = ("permission", "service")
"""Deleted last: routes may need them until they are changed."""
PERMISSIONS = "permission_codes"
"""Source of a route's permissions, which are rows of their own."""
OWNERS = {
    "instance": ("service", "service_id"),
    "credential": ("consumer", "consumer_id"),
    "grant": ("consumer", "consumer_id"),
}
"""Kind → the kind and the column of what it is deleted with."""

Change = dict[str, Any]


class Field(NamedTuple):
    """One value that a body may hold."""

    path: tuple[str, ...]
    source: str
    column: str
    """Of the row; empty for what is none of its columns."""
    default: Any
    required: bool


class Drafting:
    """A Foresight that writes down what a rehearsed change does."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.refused: BadRequest | None = None

    def begin(self, newest: int) -> None:
        """Nothing to read."""

    def look(self, rows: Sequence[RowChange]) -> None:
        """Reads the rows as the change has made them."""
        try:
            self.changes = list(_changes(rows))
        except BadRequest as refused:
            self.refused = refused

    def effects(self) -> dict[str, Any]:
        """None: what it would do, another Foresight tells."""
        return {}

    def result(self) -> list[Change]:
        """The changes, in an order in which they can be made. Raises `BadRequest` for what no change can say."""
        if self.refused is not None:
            raise self.refused
        return self.changes


def _changes(rows: Sequence[RowChange]) -> Iterator[Change]:
    kinds: dict[type[Model], Kind] = {kind.model: kind for kind in KINDS.values()}
    found: dict[str, dict[str, list[RowChange]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.model in kinds and _is_told(row):
            found[row.action][kinds[row.model].name].append(row)
        elif row.model not in kinds and row.model is not RoutePermission:
            raise _unsaid(str(row.model._meta.verbose_name), str(row.known.name))
    permissions = _permissions(rows)
    early = [name for name in reversed(KINDS) if name not in LAST]
    yield from _deletions(found["delete"], early)
    for kind in KINDS.values():
        updated = {str(row.pk): _columns(row) for row in found["update"][kind.name]}
        made = [str(row.pk) for row in found["create"][kind.name]]
        if kind.name == "route":
            gone = {str(row.pk) for row in found["delete"][kind.name]}
            for pk in sorted(permissions - set(made) - gone):
                updated.setdefault(pk, set()).add(PERMISSIONS)
        yield from _written(kind, updated, made)
    yield from _deletions(found["delete"], [name for name in reversed(KINDS) if name in LAST])


def _is_told(row: RowChange) -> bool:
    """Whether it is there before or afterwards: rows that were marked as deleted are gone already."""
    return row.action != "update" or (row.after is not None and row.after.document.get("deleted_at") is None)


def _permissions(rows: Sequence[RowChange]) -> set[str]:
    """Ids of the routes that require other permissions now."""
    return {str(row.known.document["route_id"]) for row in rows if row.model is RoutePermission}


def _columns(row: RowChange) -> set[str]:
    """Columns that have another value now."""
    before, after = (
        visible(row.model, side.document if side is not None else None) or {} for side in (row.before, row.after)
    )
    return {name for name in after if before.get(name) != after[name]}


def _deletions(found: Mapping[str, Sequence[RowChange]], order: Sequence[str]) -> Iterator[Change]:
    gone = {(name, str(row.pk)) for name, rows in found.items() for row in rows}
    for name in order:
        for row in found.get(name, ()):
            owner, column = OWNERS.get(name, ("", ""))
            if not owner or (owner, str(row.known.document.get(column))) not in gone:
                yield {"action": "delete", "kind": name, "id": str(row.pk)}


def _written(kind: Kind, updated: Mapping[str, set[str]], made: Sequence[str]) -> Iterator[Change]:
    if not updated and not made:
        return
    rows = {str(row.pk): row for row in kind.rows().filter(pk__in=[*updated, *made])}
    for pk, columns in updated.items():
        yield {"action": "update", "kind": kind.name, "id": pk, "data": _update(kind, rows[pk], columns)}
    for pk in made:
        yield from _creation(kind, rows[pk])


def _update(kind: Kind, row: Any, columns: set[str]) -> Change:
    """Raises `BadRequest` for a column that no update can change."""
    fields = fields_of(kind.modification(row, {}).serializer)
    wanted = [one for one in fields if (one.column or one.source) in columns]
    unsaid = sorted(_editable(row) & (columns - {one.column for one in fields}))
    if unsaid:
        raise _unsaid(", ".join(unsaid), kind.natural_key(row))
    return _settled(kind, row, _data(kind, row, wanted))


def _creation(kind: Kind, row: Any) -> Iterator[Change]:
    """The new row, and what only an update of it can say. Raises `BadRequest` for what neither can."""
    if kind.name == "credential":
        raise _unsaid(_("a key or a password"), kind.natural_key(row))
    serializer = kind.creation({}).serializer
    fields = fields_of(serializer)
    wanted = [one for one in fields if one.required or not one.column or getattr(row, one.column) != one.default]
    data = {name: value for name, value in _data(kind, row, wanted).items() if value != []}
    yield {"action": "create", "kind": kind.name, "data": _settled(kind, row, data)}
    left = _editable(row) - {one.column for one in fields} - noted_columns(serializer) - {"service_id"}
    further = {name for name in left if getattr(row, name) != row._meta.get_field(name).get_default()}
    if further:
        yield {
            "action": "update",
            "kind": kind.name,
            "name": kind.natural_key(row),
            "data": _update(kind, row, further),
        }


def _editable(row: Any) -> set[str]:
    return {field.attname for field in row._meta.concrete_fields if field.editable and not field.primary_key}


def _data(kind: Kind, row: Any, wanted: Sequence[Field]) -> Change:
    document = kind.document(row)
    data: Change = {}
    for one in wanted:
        inner: Any = document
        for name in one.path:
            inner = inner.get(name, _MISSING) if inner is not _MISSING else _MISSING
        value = getattr(row, one.column) if inner is _MISSING and one.column else inner
        if value is _MISSING:
            continue
        holder = data
        for group in one.path[:-1]:
            holder = holder.setdefault(group, {})
        holder[one.path[-1]] = value
    return data


def _settled(kind: Kind, row: Any, data: Change) -> Change:
    """The same, the methods of a route in one of their two spellings."""
    if kind.name == "route" and {"method", "methods"} & data.keys():
        several = len(row.methods) > 1
        data.pop("method" if several else "methods", None)
        data |= {"methods": row.methods} if several else {"method": row.method}
    return data


_MISSING: Any = object()


@cache
def fields_of(serializer: str) -> tuple[Field, ...]:
    """What a body for this serializer, named by its path, may hold; groups resolved."""
    return tuple(_fields(import_string(serializer)(), ()))


@cache
def noted_columns(serializer: str) -> frozenset[str]:
    """Columns that whoever makes a row does not choose: they are noted with it."""
    made = import_string(serializer)()
    columns = {field.name: field.attname for field in made.Meta.model._meta.concrete_fields}
    return frozenset(columns[one.source] for one in made.fields.values() if one.read_only and one.source in columns)


def _fields(serializer: Any, path: tuple[str, ...]) -> Iterator[Field]:
    columns = {field.name: field for field in serializer.Meta.model._meta.concrete_fields}
    for name, field in serializer.fields.items():
        if field.read_only:
            continue
        if isinstance(field, StrictModelSerializer):
            yield from _fields(field, (*path, name))
            continue
        source = str(field.source)
        column = columns.get(source.partition(".")[0])
        default = None if column is None else column.get_default()
        attribute = "" if column is None else column.attname
        yield Field((*path, name), source, attribute, default, bool(field.required))


def _unsaid(what: str, name: str) -> BadRequest:
    told = _("A change set cannot say this of %(name)s: %(what)s. Leave it out, or save it at once.")
    return field_errors({"changes": told % {"name": name, "what": what}})
