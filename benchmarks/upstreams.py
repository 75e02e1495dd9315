"""Two upstreams: one nginx process with two listeners that answer a fixed body over kept-alive connections."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.nginx import nginx_binary, nginx_scaffold
from benchmarks.processes import LOAD_CORE, PinnedProcess, free_port

BODY = '{"instance": "%s", "message": "the same hundred bytes or so for every request of every benchmark"}'


class Upstreams:
    """The pair that every measured gateway forwards to."""

    def __init__(self, directory: Path) -> None:
        self.ports = (free_port(), free_port())
        self._directory = directory / "upstreams"
        self._directory.mkdir()
        config = self._directory / "nginx.conf"
        config.write_text(nginx_scaffold("".join(map(self._server, "ab", self.ports))))
        self._process = PinnedProcess([nginx_binary(), "-c", str(config)], core=LOAD_CORE, directory=self._directory)
        for port in self.ports:
            self._process.wait_ready(port)

    @staticmethod
    def _server(name: str, port: int) -> str:
        body = BODY % name
        return f"""
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    keepalive_requests 100000000;
    location / {{ default_type application/json; return 200 '{body}'; }}
  }}"""

    def stop(self) -> None:
        self._process.stop()
