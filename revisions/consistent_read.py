"""Reading several tables as of one moment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, cast

from django.db import connection, transaction


@contextlib.contextmanager
def consistent_read(*, read_only: bool = True) -> Iterator[None]:
    """A transaction whose reads all see one moment and that blocks no writer.

    SQLite: a deferred transaction, which in WAL mode reads one snapshot without the write lock that the project's
    usual BEGIN IMMEDIATE takes. PostgreSQL: REPEATABLE READ, and READ ONLY unless temporary tables are to be made.
    Inside a transaction that is already open (a change's, a test's) that one is used.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    with _deferred_on_sqlite(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ" + (", READ ONLY" if read_only else ""))
        yield


@contextlib.contextmanager
def _deferred_on_sqlite() -> Iterator[None]:
    """The mode is an attribute of this thread's own connection, so no other thread sees the change."""
    if connection.vendor != "sqlite":
        yield
        return
    sqlite = cast("Any", connection)
    mode = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = mode
