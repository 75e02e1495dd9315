"""Bringing back what was: the whole configuration, or one object with its parts.

Both come down to the same: rows that differ are taken out, rows as they were are put in, in one change. The
change records them like any other, so a restore can itself be taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from gateway_project.rest.errors import Conflict
from revisions import stored
from revisions.change import change
from revisions.documents import Document, visible
from revisions.history import require_known, undone
from revisions.models import RevisionItem
from revisions.recorded import declared, kind_of, recorded_models, recorded_of
from revisions.recorder import CHUNK, RowChange, Seen, stored_rows

Targets = dict[Any, Document | None]
"""Primary key → the row as it is to be; None for one that is not to be."""


def restore_configuration(number: int) -> Counter[str]:
    """Makes the configuration what it was as of revision `number`; how many rows were created, changed and deleted.

    Raises `NotFound` for an unknown revision and `Conflict` where a row needs something that is no configuration
    and is gone.
    """
    with change():
        require_known(number)
        models_of_rows = [model for model in recorded_models() if declared(model).restorable]
        return put_back({model: undone(model, number) for model in models_of_rows})


def put_back(wanted: Mapping[type[models.Model], Targets]) -> Counter[str]:
    """Makes these rows what is wanted, parents first; counts by action. Call inside a change."""
    with change() as current:
        rows = {model: _differing(model, targets) for model, targets in wanted.items()}
        _require_parents(rows)
        for model, found in rows.items():
            current.recorder.keep(model, {one.pk: one.before for one in found})
            stored.remove(model, [one.pk for one in found if one.before is not None])
        for model, found in rows.items():
            stored.insert(model, [one.after.document for one in found if one.after is not None])
    return Counter(one.action for found in rows.values() for one in found)


def _differing(model: type[models.Model], targets: Targets) -> list[RowChange]:
    """What has to be done: from each row as it is stored to the row as it is wanted."""
    found = []
    now = stored_rows(model, list(targets))
    for pk, target in targets.items():
        seen = now.get(pk)
        if visible(model, seen.document if seen else None) != visible(model, target):
            wanted = Seen(_kept(model, seen, target), "", None) if target is not None else None
            found.append(RowChange(model, pk, seen, wanted))
    return found


def _kept(model: type[models.Model], seen: Seen | None, target: Document) -> Document:
    """The wanted document with the bookkeeping of the row that is there, and the time of this change."""
    stamped = {name: timezone.now().isoformat() for name in _stamped(model)}
    kept = {name: seen.document[name] for name in declared(model).bookkeeping} if seen is not None else {}
    return {**target, **kept, **stamped}


@cache
def _stamped(model: type[models.Model]) -> list[str]:
    """The columns that hold when a row was written last."""
    return [field.attname for field in model._meta.concrete_fields if getattr(field, "auto_now", False)]


def _require_parents(rows: Mapping[type[models.Model], list[RowChange]]) -> None:
    """Raises `Conflict` naming what the wanted rows refer to and what will not be there."""
    missing: list[str] = []
    for model, found in rows.items():
        fields: Sequence[Any] = model._meta.concrete_fields
        for field in fields:
            if field.is_relation:
                needed = {field.to_python(one.after.document.get(field.attname)) for one in found if one.after}
                missing += _missing(field, needed - {None}, rows.get(field.related_model, []))
    if missing:
        message = _("What this refers to is gone; restore it first: %(names)s.")
        raise Conflict(message % {"names": ", ".join(missing[:20])}, content={"missing": missing[:100]})


def _missing(field: Any, needed: set[Any], written: list[RowChange]) -> list[str]:
    there = {one.pk for one in written if one.after is not None}
    gone = {one.pk for one in written if one.after is None}
    asked = list(needed - there - gone)
    for start in range(0, len(asked), CHUNK):
        rows = field.related_model._base_manager.filter(pk__in=asked[start : start + CHUNK])
        there.update(rows.values_list("pk", flat=True))
    return [_last_name(field.related_model, pk) for pk in sorted(needed - there, key=str)]


def _last_name(model: type[models.Model], pk: Any) -> str:
    """What an object that is gone was called."""
    title = str(model._meta.verbose_name)
    if recorded_of(model) is None:
        return f"{title} {pk}"
    items = RevisionItem.objects.filter(kind=kind_of(model), object_id=str(pk))
    return f"{title} {items.values_list('name', flat=True).last() or pk}"
