"""Child processes pinned to a core, ended as a group."""

from __future__ import annotations

import contextlib
import os
import random
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
_CHOICE = random.SystemRandom()  # processes that choose at the same time must not draw the same numbers


class BenchmarkError(Exception):
    """Something the figures rest on is missing or wrong; the text says what to do."""


def require_tool(name: str, remedy: str) -> str:
    """The path of a program, or a `BenchmarkError` that says how to get it."""
    path = shutil.which(name)
    if path is None:
        raise BenchmarkError(f"{name} was not found: {remedy}")
    return path


def free_port() -> int:
    """A loopback port that nobody else is given, for a server that binds it later or comes back to it.

    The kernel hands out those of its own range at any moment, as the near end of a connection too. This one is below.
    """
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = _CHOICE.randrange(min(20_000, first // 2), first)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


class PinnedProcess:
    """A process group on one core (or several, as `taskset -c` writes them), its output in a file for errors."""

    def __init__(
        self, command: Sequence[str], *, core: int | str, directory: Path, env: Mapping[str, str] | None = None
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
        self.began = time.monotonic()

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

    def members(self) -> list[int]:
        """Process ids of the whole group; empty once it has ended."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self._process.pid and fields[0] != "Z":
                found.append(int(entry.parent.name))
        return found

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
