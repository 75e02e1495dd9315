"""The configuration as of an earlier revision, for whoever reads rows.

Within the block every table that has changed since is hidden behind a temporary table of the same name that holds
its rows as they were: both SQLite and PostgreSQL look there first. So lists with their filters, serializers, the
compiler and exports read the past without knowing it, no real row is touched or locked, and what is written
within the block is lost with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection, models, transaction

from revisions import stored
from revisions.consistent_read import consistent_read
from revisions.current import reading
from revisions.history import require_known, undone
from revisions.recorded import recorded_models


@contextlib.contextmanager
def as_of(number: int) -> Iterator[None]:
    """Reads within the block, in this thread, are of revision `number`. Raises `NotFound` for one that is unknown."""
    with consistent_read(read_only=False):
        require_known(number)
        with transaction.atomic():
            for model in recorded_models():
                _hide(model, number)
            try:
                with reading(number):
                    yield
            finally:
                transaction.set_rollback(True)  # takes the temporary tables along


def _hide(model: type[models.Model], number: int) -> None:
    rows = undone(model, number)
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {table}")  # noqa: S608 - a table of ours
    stored.remove(model, list(rows))
    stored.insert(model, [document for document in rows.values() if document is not None])
