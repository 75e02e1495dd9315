"""The one reader of the rows: everything the data plane needs, as of one moment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, cast

from django.db import connection, transaction

from permissions.compile import consumer_specs, credential_specs, grant_specs, issuer_specs, revoked_token_specs
from proxy.snapshot.configuration import Configuration
from revisions.current import current_revision
from routing.compile import global_plugins, route_specs, target_service_specs
from services.compile import service_specs


def load_configuration() -> Configuration:
    """The configuration of the revision now in force.

    Raises `django.db.Error` when the database cannot be read.
    """
    with consistent_read():
        return Configuration(
            revision=current_revision(),
            routes=route_specs(),
            services=(*service_specs(), *target_service_specs()),
            plugins=global_plugins(),
            issuers=issuer_specs(),
            grants=grant_specs(),
            consumers=consumer_specs(),
            credentials=credential_specs(),
            revoked_tokens=revoked_token_specs(),
        )


@contextlib.contextmanager
def consistent_read() -> Iterator[None]:
    """A transaction whose reads all see one moment and that blocks no writer.

    SQLite: a deferred transaction, which in WAL mode reads one snapshot without the write lock that the project's
    usual BEGIN IMMEDIATE takes. PostgreSQL: REPEATABLE READ, READ ONLY. Inside a transaction that is already open
    (a test's) that one is used.
    """
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    with _deferred_on_sqlite(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
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
