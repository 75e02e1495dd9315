"""Rows put in and taken out exactly as documents have them.

Past the models' `save`, which would stamp times, and past Django's cascades: what belongs together is put back
together, and foreign keys are checked by the database when the transaction ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, models

from revisions.documents import Document, value_of
from revisions.recorder import CHUNK


def insert(model: type[models.Model], documents: Collection[Document]) -> None:
    """Stores these rows, none of which may be there. Raises `IntegrityError`."""
    fields: Sequence[Any] = model._meta.concrete_fields
    if not documents:
        return
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    rows = [[_stored(field, document) for field in fields] for document in documents]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 - names of columns


def _stored(field: Any, document: Document) -> Any:
    return field.get_db_prep_save(value_of(field, document), connection)


def remove(model: type[models.Model], pks: Sequence[Any]) -> None:
    """Takes these rows out; those that are not there count as taken."""
    for start in range(0, len(pks), CHUNK):
        rows = model._base_manager.filter(pk__in=pks[start : start + CHUNK])
        rows._raw_delete(rows.db)
