"""What the API answers when the database does not: 503 and Retry-After, for the request may be right (G-012)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import override
from rest_framework.response import Response

from gateway_project.rest.exception_handler import answer_to


def answered(error: Exception, cause: Exception | None = None) -> Response:
    error.__cause__ = cause
    with override("en"):
        reply = answer_to(error)
    assert reply is not None
    return reply


def locked(path: Path) -> sqlite3.Error:
    """What SQLite says to a second writer."""
    first, second = (sqlite3.connect(path, timeout=0, isolation_level=None) for _ in range(2))
    try:
        first.execute("BEGIN IMMEDIATE")
        second.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error
    finally:
        first.close()
        second.close()
    raise AssertionError("not locked")


def test_g012_a_locked_sqlite_database_is_503_to_be_tried_again(tmp_path):
    reply = answered(OperationalError("database is locked"), locked(tmp_path / "rows.sqlite3"))
    assert (reply.status_code, reply.data["code"], reply["Retry-After"]) == (503, "F50300", "1")
    assert reply.data["msg"] == "The database is busy with another change; try again."


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.SerializationFailure(),
        psycopg.errors.TooManyConnections(),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_g012_a_busy_postgresql_is_503_to_be_tried_again(cause):
    reply = answered(OperationalError("busy"), cause)
    assert (reply.status_code, reply["Retry-After"]) == (503, "1")
    assert "try again" in reply.data["msg"]


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InterfaceError("closed")], ids=["operational", "interface"]
)
def test_g012_a_database_that_is_away_is_503(error):
    reply = answered(error, psycopg.OperationalError("connection refused"))
    assert (reply.status_code, reply.data["code"], reply["Retry-After"]) == (503, "F50300", "1")
    assert reply.data["msg"] == "The database is not available."


@pytest.mark.parametrize("error", [ProgrammingError("no such column"), DatabaseError("?")], ids=["programming", "any"])
def test_g012_a_fault_of_ours_in_the_database_is_500(error):
    assert answered(error).data["code"] == "F50000"
