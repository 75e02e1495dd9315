"""What history costs with 10,000 routes: `python -m benchmarks.history_cost [DATABASE_URL]`.

SQLite in a temporary directory, or a database of its own on the PostgreSQL server that is named. Wall-clock times;
`docs/decisions/revisions.md` has the figures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "gateway_history_cost"


def main() -> None:
    """Prepares an empty database and measures in a process whose settings name it."""
    server = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="gateway-history-") as name:
        directory = Path(name)
        (directory / "env").touch()
        environment = os.environ | {
            "GATEWAY_ENV_FILE": str(directory / "env"),
            "GATEWAY_STATE_DIR": name,
            "GATEWAY_SECRET_KEY": "benchmark-secret-key-0123456789abcdef0123456789abcdef",
            "GATEWAY_JWT_SECRET": "benchmark-jwt-secret-0123456789abcdef0123456789abcdef",
            "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
        }
        if server:
            psql(server, f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}")
            environment["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{DATABASE}"))
        try:
            for command in (["manage.py", "migrate", "--verbosity", "0"], ["-m", "benchmarks.history_rows"]):
                subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
        finally:
            if server:
                psql(server, f"DROP DATABASE {DATABASE}")


def psql(server: str, *statements: str) -> None:
    """Runs each outside a transaction."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


if __name__ == "__main__":
    main()
