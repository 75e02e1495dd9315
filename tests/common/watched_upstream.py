"""An upstream in threads whose health a test decides, and which counts what it is asked."""

from __future__ import annotations

import http.server
import threading

from benchmarks.processes import free_port


class WatchedUpstream:
    """Answers every path with its name: 200, or 500 where `fails`. `/health` answers 200, or 503 unless `is_well`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_well = True
        self.fails = False
        self.asked = 0
        self.checked = 0
        self.port = free_port()  # it closes and opens again
        self.open()

    def open(self) -> None:
        """Begin to accept, on the port it had before."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.socket.listen(128)  # the default of 5 makes connections wait for whole seconds
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Accept no more; connections are refused from now on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, path: str) -> int:
        if path == "/health":
            self.checked += 1
            return 200 if self.is_well else 503
        self.asked += 1
        return 500 if self.fails else 200

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        upstream = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = upstream.name.encode()
                self.send_response(upstream._answer(self.path))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None: ...

        return Answer
