"""Databases of a test's own for processes it starts: a SQLite file, or one on a PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

SERVER = os.environ.get("GATEWAY_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


@contextmanager
def own_database(vendor: str, directory: Path) -> Iterator[str]:
    """The `DATABASE_URL` of an empty database; it is gone afterwards."""
    if vendor == "sqlite":
        yield f"sqlite:///{directory / 'own.sqlite3'}"
        return
    name = f"gateway_own_{uuid.uuid4().hex}"
    try:
        _execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        if os.environ.get("GATEWAY_TEST_REQUIRE_SERVICES"):
            raise
        pytest.skip(f"no PostgreSQL: {error}")
    try:
        yield urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
    finally:
        _execute(f"DROP DATABASE {name} WITH (FORCE)")


def _execute(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement.encode())
