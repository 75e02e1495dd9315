"""A Redis server of a trial's own, which can be killed, stopped and started again on its port."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.processes import free_port


class Redis:
    """Keeps nothing on disk; a context manager."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(directory)]
        self.start()

    def start(self) -> None:
        """Begins, and waits until it listens."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    sock.sendall(b"PING\r\n")
                    sock.recv(100)
                    return
            time.sleep(0.01)
        raise RuntimeError("redis-server never listened")

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGSTOP: it goes on taking connections and never answers."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Redis:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
