"""R-18: on a node of four workers nobody is given another's reply, and two hundred misses at once are one fetch."""

from __future__ import annotations

import http.client
import http.server
import json
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.reliability.node import Node
from benchmarks.reliability.trial import Result

USERS = ("ann", "bob")


class Origin(http.server.BaseHTTPRequestHandler):
    """Answers with who asked, to be kept for a second; `/slow…` after a second, to be kept for a minute."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def do_GET(self) -> None:
        """The user the gateway names."""
        self.asked.append(self.path)
        if self.path.startswith("/slow"):
            threading.Event().wait(1)
        body = json.dumps({"user": self.headers.get("X-User-ID", "")}).encode()
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60" if self.path.startswith("/slow") else "max-age=1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls it by
        """Nothing."""


def run(requests: int = 5000, waiters: int = 200) -> Result:
    """`requests` by each of two users to the same hundred addresses, then `waiters` at once to one more."""
    Origin.asked.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), workers=4) as node:
        node.instance("origin", server.server_address[1])
        node.route("/mine/*", "/mine/*", requires_auth=True, cache_enabled=True)
        node.route("/slow/*", "/slow/*", cache_enabled=True)
        tokens = {user: node.manage("issue_token", "--subject", user).split()[-1] for user in USERS}
        with ThreadPoolExecutor(8) as pool:
            shares = list(pool.map(lambda user: ask(node.port, user, tokens[user], requests // 4), USERS * 4))
        fetched = len(Origin.asked)
        with ThreadPoolExecutor(waiters) as pool:
            statuses = list(pool.map(lambda _: get(node.port, "/slow/x", {})[0], range(waiters)))
    server.shutdown()
    leaks, hits = sum(share[0] for share in shares), sum(share[1] for share in shares)
    fetches = len(Origin.asked) - fetched
    seen = f"{leaks} leaks, {hits} hits, {fetched} fetches; then {fetches} fetch for {statuses.count(200)} answers"
    done = f"two users × {requests} requests on 4 workers; {waiters} misses at once"
    passed = leaks == 0 and hits > requests and fetches == 1 and statuses.count(200) == waiters
    return Result("R-18 response cache", done, "no leak, one fetch", seen, passed)


def ask(port: int, user: str, token: str, count: int) -> tuple[int, int]:
    """How many of `count` answers were somebody else's, and how many came from the store."""
    leaks = hits = 0
    for number in range(count):
        status, word, body = get(port, f"/mine/{number % 100}", {"Authorization": f"Bearer {token}"})
        leaks += status != 200 or json.loads(body)["user"] != user
        hits += word == "hit"
    return leaks, hits


def get(port: int, path: str, headers: dict[str, str]) -> tuple[int, Any, bytes]:
    """Status, X-Cache and body of one GET on a connection of its own, so that any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("X-Cache"), answer.read()
    connection.close()
    return found
