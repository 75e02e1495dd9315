"""The gateway of this repository: a database of its own, two routes, one worker, all its processes on one core."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import gateway_project
from benchmarks.peers.peer import ROOT, Peer
from benchmarks.processes import MEASURED_CORE, BenchmarkError, PinnedProcess
from benchmarks.scenarios import ISSUER, SECRET


class Gateway(Peer):
    """`manage.py gateway --workers 1`, access log off as in the peers."""

    name = "this gateway"
    access_log: ClassVar[str] = ""
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
            "GATEWAY_JWT_ISSUER": ISSUER,
            "GATEWAY_ACCESS_LOG": self.access_log,
            "GATEWAY_STATE_DIR": str(self.directory / "state"),
            "BENCH_UPSTREAM_PORTS": ",".join(map(str, self.job.upstream_ports)),
        }
        manage = [sys.executable, str(self.root / "manage.py")]
        for step in ([*manage, "migrate", "--verbosity", "0"], [sys.executable, "-m", "benchmarks.peers.gateway_rows"]):
            done = subprocess.run(step, env=env, cwd=self.root, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchmarkError(f"{' '.join(step[1:])} failed:\n{done.stdout}{done.stderr}")
        command = [*manage, "gateway", "--bind", f"127.0.0.1:{self.port}", "--workers", "1"]
        return PinnedProcess(command, core=MEASURED_CORE, directory=self.directory, env=env)

    @staticmethod
    def version() -> str:
        return f"this gateway {gateway_project.__version__}"


class GatewayWithAccessLog(Gateway):
    """The same with one JSON line a request written to a file."""

    name = "this gateway, access log"
    access_log = "access.log"


def of_checkout(directory: Path) -> type[Gateway]:
    """The gateway as another checkout has it, so that a change is measured in one run with what was before it."""

    class Earlier(Gateway):
        """Runs by this environment's Python; its rows are made by its own script."""

        name = "earlier checkout"
        root = directory.resolve()

    return Earlier
