"""An upstream to look at: answers every request with what reached it, as JSON.

`python -m proxy.demo.upstream --name demo-blue --port 9001`. It ends when its standard input does, so it cannot
outlive the command that started it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class EchoHandler(BaseHTTPRequestHandler):
    """`{instance, method, path, headers}` for any method and path; `GET /health` says it is well."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-upstream"
    disable_nagle_algorithm = True
    instance_name = ""

    def handle_any(self) -> None:
        self._discard_body()
        if self.path == "/health":
            self._answer({"instance": self.instance_name, "status": "healthy"})
            return
        headers = {name: self.headers[name] for name in self.headers if name.lower() != "authorization"}
        self._answer({"instance": self.instance_name, "method": self.command, "path": self.path, "headers": headers})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # http.server looks up do_GET, do_PURGE and so on
            return self.handle_any
        raise AttributeError(name)

    def _discard_body(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
            while self.rfile.readline().strip():
                pass
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, document: dict[str, object]) -> None:
        body = json.dumps(document, indent=2).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls it by
        """Nothing: the gateway writes the access records."""


def leave_with_parent() -> None:
    """End this process once standard input is closed, which is when the parent is gone."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the parent goes or a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    handler = type("Handler", (EchoHandler,), {"instance_name": options.name})
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    server.daemon_threads = True
    threading.Thread(target=leave_with_parent, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
