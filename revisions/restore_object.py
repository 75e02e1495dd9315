"""Bringing back one object as it was, a deleted one too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from gateway_project.rest.errors import Conflict, NotFound, field_errors
from revisions.as_of import as_of
from revisions.change import change
from revisions.documents import Document, document_of, is_there, row_of
from revisions.models import Action, RevisionItem
from revisions.recorded import kind_of, recorded_of
from revisions.restore import Targets, put_back

Wanted = dict[Any, Targets]


def restore_object(
    model: type[models.Model],
    pk: Any,
    number: int | None = None,
    check: Callable[[Any], None] = lambda row: None,
    sees: Callable[[Any], bool] = lambda row: True,
    *,
    whole: bool = False,
    instead_of: Iterable[Any] = (),
) -> int:
    """Makes the object what it was as of a revision, by default the last one before it was deleted; which one.

    With it go the rows between it and others (a route's permissions) and, if it was gone, what went with it; if
    `whole`, its parts too become what they were: those that came later go. The rows of the same model that
    `instead_of` names make room for it. `check` is asked about the row as it is to be, by what holds now, and `sees`
    whether a row in the way may be named.
    Raises what `check` does, `NotFound`, `BadRequest` where a revision must be named, and `Conflict` naming what is in
    the way.
    """
    with change():
        stored = model._base_manager.filter(pk=pk).first()
        if number is None:
            number = before_deletion(model, pk)
        wanted: Wanted = {}
        with as_of(number):
            row = model._base_manager.filter(pk=pk).first()
            if row is None or not is_there(document_of(row)):
                raise NotFound(_("It did not exist as of revision %(number)d.") % {"number": number})
            _collect(row, wanted, whole=whole or stored is None)
        check(row_of(model, wanted[model][pk] or {}))
        if stored is not None:
            _leave_out_later_parts(stored, wanted, whole=whole)
        wanted[model] |= {other: None for other in instead_of if other != pk}
        _refuse_taken(wanted, sees)
        put_back(wanted)
    return number


def before_deletion(model: type[models.Model], pk: Any) -> int:
    """The last revision that had the object. Raises `BadRequest` if it is there, `NotFound` without a record of it."""
    stored = model._base_manager.filter(pk=pk).first()
    if stored is not None and is_there(document_of(stored)):
        raise field_errors({"as_of": _("It is not deleted: name the revision it is to go back to.")})
    items = RevisionItem.objects.filter(kind=kind_of(model), object_id=str(pk), action=Action.DELETE)
    deleted = items.values_list("revision_id", flat=True).last()
    if deleted is None:
        raise NotFound(_("No record of it is kept."))
    return deleted - 1


def _collect(row: models.Model, wanted: Wanted, *, whole: bool) -> None:
    """Adds the row as it stands, and its parts; `whole`: those too that only a deletion takes along."""
    model = type(row)
    wanted.setdefault(model, {})[row.pk] = document_of(row)
    between = {field.remote_field.through for field in model._meta.many_to_many}
    for relation in model._meta.related_objects:
        part: Any = relation.related_model
        if _is_part(relation) and (whole or part in between):
            for one in part._base_manager.filter(**{relation.field.name: row.pk}):
                _collect(one, wanted, whole=whole)


def _is_part(relation: Any) -> bool:
    """Whether the rows on its other side are configuration that is deleted with this one."""
    cascades = not relation.many_to_many and relation.on_delete is models.CASCADE
    return cascades and recorded_of(relation.related_model) is not None


def _leave_out_later_parts(stored: models.Model, wanted: Wanted, *, whole: bool) -> None:
    """Marks the rows between this object and others, or all its parts, that came later: they are not to be there."""
    for relation in filter(_is_part, stored._meta.related_objects if whole else ()):
        part: Any = relation.related_model
        for pk in part._base_manager.filter(**{relation.field.name: stored.pk}).values_list("pk", flat=True):
            wanted.setdefault(part, {}).setdefault(pk, None)
    for field in type(stored)._meta.many_to_many:
        through: Any = field.remote_field.through
        own = {field.m2m_field_name(): stored.pk}
        for pk in through._base_manager.filter(**own).values_list("pk", flat=True):
            wanted.setdefault(through, {}).setdefault(pk, None)


def _refuse_taken(wanted: Wanted, sees: Callable[[Any], bool]) -> None:
    """Raises `Conflict` for rows that have taken the place of a wanted one meanwhile, naming those that are seen."""
    taken = [
        (model, other)
        for model, targets in wanted.items()
        for document in targets.values()
        if document is not None
        for other in _in_the_way(model, document, targets)
    ]
    if taken:
        named = [(model, other) for model, other in taken if sees(other)]
        if not named:
            raise Conflict(_("An object of another team has its place."), content={"conflicts_with": []})
        names = ", ".join(f"{model._meta.verbose_name} {other}" for model, other in named)
        raise Conflict(
            _("Another object has its place: %(names)s.") % {"names": names},
            content={"conflicts_with": [str(other.pk) for _model, other in named]},
        )


def _in_the_way(model: Any, document: Document, targets: Targets) -> list[Any]:
    """Rows that hold a value the database lets only one row hold."""
    row = row_of(model, document)
    alone = [((field.name,), None) for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    several = [
        (one.fields, one.condition) for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)
    ]
    found = []
    for names, condition in [*alone, *several]:
        values = {name: getattr(row, model._meta.get_field(name).attname) for name in names}
        if None not in values.values():
            others = model._base_manager.filter(condition or models.Q(), **values).exclude(pk__in=list(targets))
            found += list(others[:10])
    return found
