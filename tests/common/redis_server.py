"""A Redis server of a test's own, which it may stop, kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.processes import free_port

BINARY = shutil.which("redis-server")


class RedisServer:
    """A context manager; the server listens on `port` of loopback and keeps nothing on disk."""

    def __init__(self, directory: Path, *options: str) -> None:
        if BINARY is None:
            if os.environ.get("GATEWAY_TEST_REQUIRE_SERVICES"):
                pytest.fail("redis-server is not installed")
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [
            BINARY, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", str(directory), *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Begins, and waits until it listens."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
                    sock.sendall(b"PING\r\n")
                    assert sock.recv(100), "an answer, with a password or without"
                    return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "redis-server never listened"
                time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        """SIGSTOP: it takes connections, and never answers."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> RedisServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
