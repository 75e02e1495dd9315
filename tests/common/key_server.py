"""A real HTTP server on loopback that answers every GET with what a test put there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class KeyServer:
    """`answer` is bytes, or anything JSON can hold; `requests` counts."""

    def __init__(self) -> None:
        self.status = 200
        self.answer: Any = {"keys": []}
        self.headers: dict[str, str] = {}
        self.requests = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.url = ""

    def body(self) -> bytes:
        """The answer as it is sent."""
        return self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()


@contextmanager
def key_server() -> Iterator[KeyServer]:
    """A server that runs while the block does."""
    state = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests += 1
            state.may_answer.wait(10)
            body = state.body()
            self.send_response(state.status)
            for name, value in {"Content-Length": str(len(body)), **state.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

        def handle(self) -> None:
            """A client that hangs up is no error of the server's."""
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/keys"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        state.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
