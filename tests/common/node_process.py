"""A node as a process of its own, for tests: started, watched, and never left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
LISTENING = re.compile(r"gateway listening on (.+) · (\d+) workers? · revision (\d+)")
PORT = re.compile(r"http://[^, ]+:(\d+)")

Answer = TypeVar("Answer")


def until(condition: Callable[[], Answer], seconds: float = 30.0, what: str = "it") -> Answer:
    """The first true answer of `condition`, asked again and again."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} never came"
        time.sleep(0.01)
    return answer


class NodeProcess:
    """One supervisor and its children. A context manager that ends them all."""

    def __init__(self, command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self.started_at = time.monotonic()
        self.log_path = directory / f"node-{time.monotonic_ns()}.log"
        self._seen: set[int] = set()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                list(command), cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def __enter__(self) -> NodeProcess:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.children()
        for pid in [self.process.pid, *self._seen]:
            with contextlib.suppress(ProcessLookupError):
                if pid == self.process.pid or self._is_ours(pid):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    @property
    def log(self) -> str:
        """All that the node has written so far."""
        return self.log_path.read_text()

    def listening(self, seconds: float = 150) -> re.Match[str]:
        """The start line, waited for."""

        def line_or_end() -> re.Match[str] | None:
            assert self.process.poll() is None, self.log
            return LISTENING.search(self.log)

        return until(line_or_end, seconds, "the start line")

    @property
    def ports(self) -> list[int]:
        """The ports of the start line, in its order."""
        return [int(port) for port in PORT.findall(self.listening()[1])]

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, port: int = 0
    ) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own; a write that workers lag behind is waited for."""
        status, answer = asked = self._ask(method, path, body, headers, port)
        if status == 200 and method != "GET" and b'"pending_workers"' in answer:
            until(lambda: self._is_in_force(port), what="the revision on every worker")
        return asked

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None, port: int
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.ports[0], timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read()

    def _is_in_force(self, port: int) -> bool:
        content = json.loads(self._ask("GET", "/health", None, None, port)[1])["content"]
        return all(worker["revision"] >= content["revision"] for worker in content["workers"])

    def get(self, path: str = "/") -> bytes:
        """The body of a GET that must succeed."""
        status, body = self.request("GET", path)
        assert status == 200, (status, body)
        return body

    def children(self, module: str = "") -> list[int]:
        """Process ids of the living children whose command line holds `module`."""
        found = [pid for pid in _children_of(self.process.pid) if module in _command(pid)]
        self._seen.update(found)
        return found

    def signal(self, number: signal.Signals) -> None:
        """Sent to the supervisor."""
        self.process.send_signal(number)

    def end(self, seconds: float = 30) -> int:
        """The supervisor's exit code, waited for."""
        return self.process.wait(seconds)

    def _is_ours(self, pid: int) -> bool:
        return str(ROOT) in _command(pid) or "proxy.node" in _command(pid) or "node_stand_ins" in _command(pid)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    found.append(int(entry.name))
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
