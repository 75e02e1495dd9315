"""Rows put in and taken out exactly as documents have them.

Past the models' `save`, which would stamp times, and past Django's cascades: what belongs together is put back
together, and foreign keys are checked by the database when the transaction ends.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from revisions.documents import Document, document_of, value_of
from revisions.recorder import CHUNK


def insert(model: type[models.Model], documents: Sequence[Document], *, numbered: bool = False) -> None:
    """Stores these rows, none of which may be there; `numbered` ones get their key from the database.

    Raises `IntegrityError`.
    """
    if not documents:
        return
    fields: list[Any] = [field for field in model._meta.concrete_fields if not (numbered and field.primary_key)]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    into = f"INSERT INTO {table} ({columns})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            rows = [[_stored(field, document) for field in fields] for document in documents]
            cursor.executemany(f"{into} VALUES ({', '.join(['%s'] * len(fields))})", rows)
            return
        # A round trip for each row, or a quoted value for each of its columns, would take most of the time.
        statement = f"{into} SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608 - names
        for start in range(0, len(documents), CHUNK):
            cursor.execute(statement, [_as_json(model, fields, documents[start : start + CHUNK])])


def _as_json(model: type[models.Model], fields: Sequence[Any], documents: Sequence[Document]) -> str:
    """The rows, each with all columns: one that is younger than a document has its default. Secrets are sealed."""
    defaults = document_of(model())
    columns = [(field.column, field.attname, getattr(field, "sealed", _as_it_is)) for field in fields]
    whole = ({**defaults, **document} for document in documents)
    return json.dumps([{column: sealed(row[name]) for column, name, sealed in columns} for row in whole])


def _as_it_is(value: Any) -> Any:
    return value


def _stored(field: Any, document: Document) -> Any:
    return field.get_db_prep_save(value_of(field, document), connection)


def remove(model: type[models.Model], pks: Sequence[Any]) -> None:
    """Takes these rows out; those that are not there count as taken."""
    for start in range(0, len(pks), CHUNK):
        rows = model._base_manager.filter(pk__in=pks[start : start + CHUNK])
        rows._raw_delete(rows.db)
