"""Two upstreams: one nginx process with two listeners that answer a fixed body over kept-alive connections."""

from __future__ import annotations

from pathlib import Path

from benchmarks.answers import answer_of
from benchmarks.peers.nginx import nginx_binary, nginx_scaffold
from benchmarks.processes import LOAD_CORE, PinnedProcess, free_port
from benchmarks.scenarios import SIZES

BODY = '{"instance": "%s", "message": "the same hundred bytes or so for every request of every benchmark"}'
VARIED_BODY = '{"instance": "%s", "asked": "$request_uri", "traced": "$http_traceparent"}'
CACHED_BODY = '{"instance": "%s", "message": "one answer of the upstream", "served": "$request_id"}'
UPLOAD_BODY = '{"instance": "%s", "received": "$content_length"}'


class Upstreams:
    """The pair that every measured gateway forwards to."""

    def __init__(self, directory: Path) -> None:
        self.ports = (free_port(), free_port())
        self._directory = directory / "upstreams"
        self._directory.mkdir()
        for size in SIZES.values():
            (self._directory / str(size)).write_bytes(answer_of(size))
        config = self._directory / "nginx.conf"
        config.write_text(nginx_scaffold("".join(map(self._server, "ab", self.ports))))
        self.process = PinnedProcess([nginx_binary(), "-c", str(config)], core=LOAD_CORE, directory=self._directory)
        for port in self.ports:
            self.process.wait_ready(port)

    def _server(self, name: str, port: int) -> str:
        body = BODY % name
        varied = f"""add_header ETag '"$arg_page"'; return 200 '{VARIED_BODY % name}';"""
        return f"""
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    keepalive_requests 100000000;
    default_type application/json;
    location / {{ return 200 '{body}'; }}
    location /plain/answer/ {{ alias {self._directory}/; }}
    location /plain/upload {{ client_body_buffer_size 2m; echo_read_request_body; echo '{UPLOAD_BODY % name}'; }}
    location /cached/ {{ add_header Cache-Control max-age=3600; return 200 '{CACHED_BODY % name}'; }}
    location /plain/varied/ {{ {varied} }}
    location /whole/varied/ {{ {varied} }}
  }}"""

    def stop(self) -> None:
        self.process.stop()
