"""The DATABASES setting: SQLite in the state directory unless DATABASE_URL says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from gateway_project.environment import Environment

BUSY_TIMEOUT_SECONDS = 10
"""How long a SQLite writer waits for another; a change is a matter of milliseconds."""

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA temp_store=MEMORY;"
"""WAL: readers never wait for a writer. FULL: what was acknowledged outlives a power cut (R-01)."""

SCHEMES = frozenset({"sqlite", "postgres", "postgresql"})

ENGINES = {
    "django.db.backends.sqlite3": "django_prometheus.db.backends.sqlite3",
    "django.db.backends.postgresql": "django_prometheus.db.backends.postgresql",
}


def databases(env: Environment, state_dir: Path) -> dict[str, dict[str, Any]]:
    """The setting. Raises `ImproperlyConfigured` for a DATABASE_URL of another kind than SQLite or PostgreSQL."""
    url = env.text("DATABASE_URL")
    if not url:
        state_dir.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{state_dir / 'gateway.sqlite3'}"
    if url.partition("://")[0] not in SCHEMES:
        raise ImproperlyConfigured("DATABASE_URL: only sqlite:///… and postgres://… are supported")
    try:
        config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL: not a database address") from error
    engine = config["ENGINE"]
    config["ENGINE"] = engine
    config["OPTIONS"] = {**_defaults(engine), **config.get("OPTIONS", {})}
    if engine.endswith("postgresql"):
        config.setdefault("CONN_MAX_AGE", 60)
        config["CONN_HEALTH_CHECKS"] = True
    return {"default": config}


def _defaults(engine: str) -> dict[str, Any]:
    if engine.endswith("sqlite3"):
        return {"timeout": BUSY_TIMEOUT_SECONDS, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS}
    return {"connect_timeout": 5}


def keep_private(using: str, **_sent: Any) -> None:
    """A SQLite file that is still empty becomes its owner's alone: it will hold the secrets of token issuers.

    One that holds tables keeps the mode that somebody may have given it. SQLite makes its files beside it alike.
    """
    connection = connections[using]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and Path(name).is_file() and not connection.introspection.table_names():
        Path(name).chmod(0o600)
