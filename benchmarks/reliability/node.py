"""A real node in a directory of its own, and what the trials ask of it."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.peer import ROOT
from benchmarks.processes import free_port


class Node:
    """`manage.py gateway` with a fresh SQLite database, or the one that `directory` has; a context manager.

    `environment` goes before its own.
    """

    def __init__(self, directory: Path, workers: int, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        (directory / "env").touch()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | {
            "GATEWAY_ENV_FILE": str(directory / "env"),
            "DATABASE_URL": "",
            "GATEWAY_SECRET_KEY": secrets.token_urlsafe(48),
            "GATEWAY_JWT_SECRET": secrets.token_urlsafe(48),
            "GATEWAY_ACCESS_LOG": "",
            "GATEWAY_ADMIN_BIND": "shared",
            "GATEWAY_JWKS_PRIVATE_NETWORKS": "127.0.0.0/8",
            "GATEWAY_STATE_DIR": str(directory / "state"),
            **(environment or {}),
        }
        self._workers = workers
        self._log = directory / "node.log"
        if not (directory / "state" / "gateway.sqlite3").exists():
            self.manage("migrate", "--verbosity", "0")
        self.token = self.manage("issue_token", "--subject", "trial", "--permission", "gateway.admin").split()[-1]
        self.start()

    def start(self) -> None:
        """Begins, and waits until it serves."""
        command = [*self._manage, "gateway", "--bind", f"127.0.0.1:{self.port}", "--workers", str(self._workers)]
        with self._log.open("ab") as log:
            began = log.tell()
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        try:
            self._wait(began)
        except BaseException:
            self.process.terminate()
            raise

    def _wait(self, began: int) -> None:
        deadline = time.monotonic() + 150
        while b"gateway listening on" not in self._log.read_bytes()[began:]:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(self._log.read_bytes()[began:].decode())
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the supervisor, whose children then end by themselves."""
        self.process.kill()
        self.process.wait()

    def children(self, module: str) -> list[int]:
        """Process ids of the children that run this module of `proxy.node`, such as `worker`."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout
        return [int(line.split()[0]) for line in listed.splitlines() if line.endswith(f"proxy.node.{module}")]

    _manage = (sys.executable, str(ROOT / "manage.py"))

    def manage(self, *arguments: str) -> str:
        """A management command's output."""
        return subprocess.run(
            [*self._manage, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    def call(self, method: str, path: str, content: Any = None, timeout: float = 15) -> Any:
        """The content of a control-plane request that must succeed."""
        data = json.dumps(content).encode() if content is not None else None
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return json.load(response)["content"]

    def route(self, pattern: str, target: str, **fields: Any) -> Any:
        """An open route to service `trial` without a limit."""
        values = {"service_name": "trial", "method": "ANY", "requires_auth": False, "rate_limit_rpm": None, **fields}
        return self.call("POST", "/admin/routes", {"path_pattern": pattern, "target_url": target, **values})

    def instance(self, name: str, port: int, **fields: Any) -> Any:
        """An instance on loopback, of service `trial` where nothing else is said."""
        values = {"service_name": "trial", "instance_id": name, "host": "127.0.0.1", "port": port, **fields}
        return self.call("POST", "/admin/services", values)

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return [int(worker["pid"]) for worker in self.call("GET", "/health")["workers"]]

    @property
    def log(self) -> str:
        """What the node has printed."""
        return self._log.read_text()

    def tracebacks(self) -> list[str]:
        """Lines of its log that tell of a fault nobody expected or a task nobody waited for."""
        return [line for line in self.log.splitlines() if "Traceback" in line or "never retrieved" in line]

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Instance:
    """One upstream process that can be killed and started again on its port."""

    def __init__(self, name: str, module: str = "upstream") -> None:
        self.name = name
        self._program = [sys.executable, "-m", f"benchmarks.reliability.{module}"]
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Begins, and waits until it listens."""
        command = [*self._program, str(self.port), self.name]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def kill(self) -> None:
        """SIGKILL, as a crash is."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def resident_mib(pid: int) -> float:
    """Resident memory of a process in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def descriptors(pid: int) -> int:
    """Open file descriptors of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
