"""What a change does to rows: each as it was when the change first touched it, and as it is at the end.

Both are read from the database and not from the objects in memory, which makes the record true for every way to
write: one row, a bulk update, a cascade. What is written and taken back within one change is no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db import models
from django.db.models import PROTECT, QuerySet

from revisions.documents import Document, document_of, is_there, visible
from revisions.recorded import declared, recorded_of

CHUNK = 500
"""Ids a query may name: SQLite takes 999 values."""

Model = type[models.Model]


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as it was read at one moment."""

    document: Document
    name: str
    service_id: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """What became of one row. One of the two sides may be missing."""

    model: Model
    pk: Any
    before: Seen | None
    after: Seen | None

    @property
    def action(self) -> str:
        """`create`, `update` or `delete`, as those see it who use the object: a row marked as removed is deleted."""
        was = is_there(self.before.document if self.before else None)
        now = is_there(self.after.document if self.after else None)
        if was == now:
            return "update"
        return "create" if now else "delete"

    @property
    def known(self) -> Seen:
        """The row as it is, or as it was last."""
        seen = self.after or self.before
        assert seen is not None
        return seen


class Recorder:
    """The rows one change has touched."""

    def __init__(self) -> None:
        self._before: dict[Model, dict[Any, Seen | None]] = {}

    def read(self, rows: QuerySet[Any]) -> None:
        """Call before these rows are written: keeps how they are, unless the change has touched them already."""
        stored = rows.model._base_manager.filter(pk__in=rows.order_by().values("pk"))
        self.keep(rows.model, dict(_seen(rows.model, stored)))

    def read_row(self, row: models.Model) -> None:
        """As `read`, for one row by its key, which costs nothing once the change knows it."""
        if row.pk not in self._before.get(type(row), {}):
            self.read(type(row)._base_manager.filter(pk=row.pk))

    def keep(self, model: Model, rows: Mapping[Any, Seen | None]) -> None:
        """As `read`, for rows that have been read already; None for those that are not there."""
        known = self._before.setdefault(model, {})
        for pk, seen in rows.items():
            known.setdefault(pk, seen)

    def read_whole(self, rows: QuerySet[Any]) -> None:
        """As `read`, and the rows that a database cascade takes along."""
        self.read(rows)
        for relation in rows.model._meta.related_objects:
            model = relation.related_model
            if not relation.many_to_many and relation.on_delete is not PROTECT and recorded_of(model) is not None:
                self.read_whole(
                    model._base_manager.filter(**{f"{relation.field.name}__in": rows.order_by().values("pk")})
                )

    def add(self, rows: Iterable[models.Model]) -> None:
        """Call after these rows, which were not there before, have been written."""
        for row in rows:
            self.keep(type(row), {row.pk: None})

    def changes(self) -> Iterator[RowChange]:
        """Every row that is not as it was, in the order of first touch; one query a model and chunk."""
        for model, before in self._before.items():
            now = stored_rows(model, list(before))
            for pk, was in before.items():
                found = RowChange(model, pk, was, now.get(pk))
                if _shown(model, found.before) != _shown(model, found.after):
                    yield found


def stored_rows(model: Model, pks: Sequence[Any]) -> dict[Any, Seen]:
    """These rows as they are stored now."""
    found: dict[Any, Seen] = {}
    for start in range(0, len(pks), CHUNK):
        found.update(_seen(model, model._base_manager.filter(pk__in=pks[start : start + CHUNK])))
    return found


def _seen(model: Model, rows: QuerySet[Any]) -> Iterator[tuple[Any, Seen]]:
    declaration = declared(model)
    way = declaration.service.split("__") if declaration.service else []
    related = rows.select_related(*declaration.related) if declaration.related else rows
    for row in related.order_by("pk").iterator(chunk_size=2000):
        yield row.pk, Seen(document_of(row), str(row), reduce(getattr, way, row) if way else None)


def _shown(model: Model, seen: Seen | None) -> dict[str, Any] | None:
    return visible(model, seen.document) if seen is not None else None
