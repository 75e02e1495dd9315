"""A row as a JSON document and back: every column under its own name, in Django's own text form where JSON has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

from django.db import models

from revisions.recorded import declared

Document = Mapping[str, Any]
"""Column → value. Foreign keys under their column (`service_id`)."""

MASK = "********"
PLAIN = (str, int, bool, float, list, dict, NoneType)
"""Types that JSON has."""
REMOVED_AT = "deleted_at"
"""The column by which a model marks rows as removed, where it keeps them."""


def document_of(row: models.Model) -> dict[str, Any]:
    """The columns of a row. Times keep their microseconds, so that what is restored sorts as it did."""
    return {
        field.attname: value if isinstance(value := getattr(row, field.attname), PLAIN) else field.value_to_string(row)
        for field in row._meta.concrete_fields
    }


def row_of(model: type[models.Model], document: Document) -> Any:
    """An unsaved row of a document."""
    return model(**{field.attname: value_of(field, document) for field in model._meta.concrete_fields})


def value_of(field: Any, document: Document) -> Any:
    """The value of a column, of the type the model keeps; its default if it is younger than the document."""
    return field.to_python(document[field.attname]) if field.attname in document else field.get_default()


def is_there(document: Document | None) -> bool:
    """Whether the object exists for those who use it."""
    return document is not None and document.get(REMOVED_AT) is None


def visible(model: type[models.Model], document: Document | None) -> dict[str, Any] | None:
    """What a reader is told of a row: without bookkeeping and without what follows from the rest."""
    if document is None:
        return None
    hidden = {*declared(model).bookkeeping, *declared(model).derived}
    return {name: value for name, value in document.items() if name not in hidden}


def changes_between(
    before: Document | None,
    after: Document | None,
    secrets: tuple[str, ...] = (),
    shown: Callable[[Document], Document] = lambda document: document,
) -> dict[str, dict[str, Any]]:
    """The columns that differ, each {"before", "after"}; secrets are masked, and what `shown` masks within columns.

    A column that one side does not know counts as null there, and a row that is not there as all nulls.
    """
    old, new = before or {}, after or {}
    old_shown, new_shown = shown(old), shown(new)
    return {
        name: {"before": _masked(name, old_shown, secrets), "after": _masked(name, new_shown, secrets)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def _masked(name: str, document: Document, secrets: tuple[str, ...]) -> Any:
    value = document.get(name)
    return MASK if name in secrets and value else value
