"""The gateway's ASGI application behind stock servers, for docs/decisions/server.md."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.peer import ROOT, bench_program
from benchmarks.processes import MEASURED_CORE, PinnedProcess, free_port
from benchmarks.reliability.malformed.subjects import Subject
from benchmarks.reliability.node import Node

APPLICATION = "gateway_project.asgi:application"


def command(server: str, port: int) -> list[str]:
    """How a server is started with one worker and without an access log."""
    python = [sys.executable, "-m"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "error"]
    return {
        "uvicorn h11": [*python, "uvicorn", APPLICATION, *where, *quiet, "--http", "h11"],
        "uvicorn httptools": [*python, "uvicorn", APPLICATION, *where, *quiet, "--http", "httptools"],
        "daphne": [*python, "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", APPLICATION],
        "granian": [bench_program("granian"), APPLICATION, "--interface", "asgi", *where, *quiet],
    }[server]


SERVERS = ("uvicorn h11", "uvicorn httptools", "daphne", "granian")


@contextmanager
def asgi_server(server: str, upstream: int) -> Iterator[Subject]:
    """A server on the database and snapshot that a node has left behind."""
    with tempfile.TemporaryDirectory() as directory:
        with Node(Path(directory), 1) as node:
            node.instance("recorder", upstream)
            node.route("/*", "/*", circuit_breaker_enabled=False, retry_count=0)
        port = free_port()
        paths = f"{ROOT}{os.pathsep}{sysconfig.get_path('purelib')}"  # granian's environment knows no Django
        environment = {**node.environment, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "gateway_project.settings"}
        running = PinnedProcess(command(server, port), core=MEASURED_CORE, directory=Path(directory), env=environment)
        try:
            running.wait_ready(port)
            yield Subject(f"{server} {version(server)}", port, tuple(running.members()))
        finally:
            running.stop()


def version(server: str) -> str:
    """As the package says."""
    package = server.partition(" ")[0]
    python = bench_program("python") if package == "granian" else sys.executable
    asked = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
