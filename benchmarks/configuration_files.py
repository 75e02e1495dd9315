"""How long 10,000 routes of 100 services take from a file into an empty database and back.

    python -m benchmarks.configuration_files [--routes 10000] [--database URL]

Each command runs as a user runs it, in a process of its own, its start included. Without `--database` it is a new
SQLite file; a database that is named must be empty and is left filled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.machine import describe_machine


def document(routes: int) -> str:
    """The file."""
    listed = [
        {
            "name": f"route-{number}",
            "service_name": f"service-{number % 100}",
            "path_pattern": f"/api/{number}/*",
            "method": "GET",
            "target_url": "/items/*",
            "required_permissions": ["service.read"],
            "timeout_seconds": 5,
            "labels": {"team": f"team-{number % 10}"},
        }
        for number in range(routes)
    ]
    services = [{"name": f"service-{number}"} for number in range(100)]
    return yaml.dump({"format": 1, "services": services, "routes": listed}, Dumper=yaml.CSafeDumper, sort_keys=False)


def seconds(environment: dict[str, str], *arguments: str) -> float:
    """Of one command. Raises `CalledProcessError`."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=10_000)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        database = options.database or f"sqlite:///{place / 'measured.sqlite3'}"
        environment = {**os.environ, "GATEWAY_DEBUG": "true", "DATABASE_URL": database}
        seconds(environment, "migrate", "--verbosity", "0")
        (place / "in.yaml").write_text(document(options.routes), encoding="utf-8")
        (place / "changed.yaml").write_text(
            document(options.routes).replace("timeout_seconds: 5", "timeout_seconds: 6"), encoding="utf-8"
        )
        print(f"{options.routes} routes, {database.partition(':')[0]}; {describe_machine()}\n")
        print("| what | seconds |\n|---|---|")
        for name, arguments in (
            ("import into an empty database", ("import_config", str(place / "in.yaml"))),
            ("the same file again", ("import_config", str(place / "in.yaml"))),
            ("export", ("export_config", "--output", str(place / "out.yaml"))),
            ("the export compared", ("import_config", str(place / "out.yaml"), "--dry-run")),
            ("one field of every route changed", ("import_config", str(place / "changed.yaml"))),
        ):
            print(f"| {name} | {seconds(environment, *arguments):.1f} |", flush=True)


if __name__ == "__main__":
    main()
