"""The gateway of this repository: a database of its own, four routes, one worker, all its processes on one core."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import gateway_project
from benchmarks.peers.peer import ROOT, Peer
from benchmarks.processes import LOAD_CORE, MEASURED_CORE, BenchmarkError, PinnedProcess
from benchmarks.tokens import ISSUERS, PERMISSION, SECRET, public_key_pem

ROWS = Path(__file__).with_name("gateway_rows.py")


class Gateway(Peer):
    """`manage.py gateway --workers 1`, access log off as in the peers."""

    name = "this gateway"
    access_log: ClassVar[str] = ""
    workers: ClassVar[int] = 1
    cores: ClassVar[int | str] = MEASURED_CORE
    more_routes: ClassVar[int] = 0
    """Beside those that are asked for."""
    root: ClassVar[Path] = ROOT
    """The checkout it is run from."""

    def start(self) -> PinnedProcess:
        (self.directory / "env").touch()
        env = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | {
            "GATEWAY_ENV_FILE": str(self.directory / "env"),  # an empty one, so that no .env has a say
            "PYTHONPATH": str(self.root),
            "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
            "DATABASE_URL": "",
            "GATEWAY_SECRET_KEY": secrets.token_urlsafe(48),
            "GATEWAY_JWT_SECRET": SECRET,
            "GATEWAY_JWT_ISSUER": ISSUERS["HS256"],
            "GATEWAY_ACCESS_LOG": self.access_log,
            "GATEWAY_ADMIN_BIND": "shared",
            "GATEWAY_STATE_DIR": str(self.directory / "state"),
            "BENCH_ROWS": json.dumps(self._rows()),
        }
        manage = [sys.executable, str(self.root / "manage.py")]
        for step in ([*manage, "migrate", "--verbosity", "0"], [sys.executable, "-P", str(ROWS)]):
            done = subprocess.run(step, env=env, cwd=self.root, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchmarkError(f"{' '.join(step[1:])} failed:\n{done.stdout}{done.stderr}")
        command = [*manage, "gateway", "--bind", f"127.0.0.1:{self.port}", "--workers", str(self.workers)]
        return PinnedProcess(command, core=self.cores, directory=self.directory, env=env)

    def _rows(self) -> dict[str, Any]:
        """What `gateway_rows` puts into the database."""
        issuer = {
            "name": "bench",
            "issuer": ISSUERS["RS256"],
            "algorithms": ["RS256"],
            "public_key_pem": public_key_pem(),
        }
        return {
            "instances": dict(zip("ab", self.job.upstream_ports, strict=True)),
            "permission": PERMISSION,
            "more_routes": self.more_routes,
            "issuer": issuer,
            "routes": [
                {"path": "/plain/*", "requires_auth": False},
                {"path": "/whole/*", "permissions": [PERMISSION]},
                {"path": "/rs256/*", "permissions": [PERMISSION]},
                {"path": "/cached/*", "requires_auth": False, "cache_enabled": True},
            ],
        }

    @staticmethod
    def version() -> str:
        return f"this gateway {gateway_project.__version__}"


class GatewayWithAccessLog(Gateway):
    """The same with one JSON line a request written to a file."""

    name = "this gateway, access log"
    access_log = "access.log"


class GatewayOfTwoWorkers(Gateway):
    """On both cores, the second of which it shares with the load and the upstreams."""

    name = "this gateway, 2 workers on both cores"
    workers = 2
    cores = f"{MEASURED_CORE},{LOAD_CORE}"


class GatewayOfThousand(Gateway):
    """Among a thousand other routes."""

    name = "this gateway, 1,000 routes"
    more_routes = 1_000


class GatewayOfTenThousand(Gateway):
    """Among ten thousand."""

    name = "this gateway, 10,000 routes"
    more_routes = 10_000


class GatewayOfHundredThousand(Gateway):
    """Among a hundred thousand."""

    name = "this gateway, 100,000 routes"
    more_routes = 100_000
    ready_seconds = 300


def of_checkout(directory: Path) -> type[Gateway]:
    """The gateway as another checkout has it, so that a change is measured in one run with what was before it."""

    class Earlier(Gateway):
        """Runs by this environment's Python, with the same rows."""

        name = "earlier checkout"
        root = directory.resolve()

    return Earlier
