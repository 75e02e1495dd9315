"""Whether the database can be started on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import Error, connection, connections
from django.db.migrations.executor import MigrationExecutor

REMEDY = "run: python manage.py migrate"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """`problem` is empty when all is well; `is_lost` says that there is no configuration to read at all.

    A lost database is one that cannot be reached, or that has no tables: nothing of ours was ever there, or all of
    it is gone. One with some migrations missing is merely behind the program, which only an operator may decide on.
    """

    problem: str = ""
    is_lost: bool = False


def database_state() -> DatabaseState:
    """Looks once and gives the connection back."""
    try:
        if _sqlite_file_is_missing():
            return DatabaseState(f"there is no database file {connection.settings_dict['NAME']}; {REMEDY}", True)
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not missing:
            return DatabaseState()
        if not executor.loader.applied_migrations:
            return DatabaseState(f"the database is empty; {REMEDY}", True)
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in missing[:3])
        return DatabaseState(f"{len(missing)} migrations are not applied ({names}, …); {REMEDY}")
    except Error as error:
        return DatabaseState(f"the database cannot be reached: {str(error).strip()}", True)
    finally:
        connections.close_all()


def _sqlite_file_is_missing() -> bool:
    """Asked before connecting, which would make an empty file."""
    if connection.vendor != "sqlite":
        return False
    name = str(connection.settings_dict["NAME"])
    return not name.startswith("file:") and name != ":memory:" and not Path(name).exists()
