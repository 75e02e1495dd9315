"""An empty database for one run, gone afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


@contextmanager
def own_database(server: str, directory: Path) -> Iterator[str]:
    """Its `DATABASE_URL`: a file in the directory, or a database of its own on a PostgreSQL `server`, given by URL.

    Raises `psycopg.OperationalError` where there is no server.
    """
    if not server:
        yield f"sqlite:///{directory / 'measured.sqlite3'}"
        return
    name = f"gateway_bench_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
