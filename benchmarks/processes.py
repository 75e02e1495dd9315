"""Child processes pinned to a core, ended as a group."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

MEASURED_CORE = 0
"""The gateway under test has this core alone."""
LOAD_CORE = 1
"""The load generator and the upstreams share this one."""


class BenchmarkError(Exception):
    """Something the figures rest on is missing or wrong; the text says what to do."""


def require_tool(name: str, remedy: str) -> str:
    """The path of a program, or a `BenchmarkError` that says how to get it."""
    path = shutil.which(name)
    if path is None:
        raise BenchmarkError(f"{name} was not found: {remedy}")
    return path


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PinnedProcess:
    """A process group on one core, its output in a file for the error message."""

    def __init__(
        self, command: Sequence[str], *, core: int, directory: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._command = command
        self._log = directory / f"{Path(command[0]).name}-{free_port()}.log"
        taskset = require_tool("taskset", "it is part of util-linux")
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [taskset, "-c", str(core), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=dict(env) if env is not None else None,
                start_new_session=True,
            )

    def wait_ready(self, port: int, timeout: float = 30.0) -> None:
        """Return once something accepts connections on the port; raise `BenchmarkError` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise BenchmarkError(f"{self._command[0]} ended at once:\n{self.output()}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise BenchmarkError(f"{self._command[0]} did not listen on port {port} in time:\n{self.output()}")

    def output(self) -> str:
        """The last lines it wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """SIGTERM to the whole group, SIGKILL after ten seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                break
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
            if number is signal.SIGKILL:
                break
            self._wait_for_group(5.0)

    def _wait_for_group(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
