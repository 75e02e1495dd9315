"""G-104: a route answers the moment its creation was answered, and not after its deletion was."""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result


def run(loops: int = 1000, workers: int = 4) -> Result:
    """`loops` times create, call, delete, call, each on a connection of its own so that any worker may answer."""
    instance = Instance("one")
    wrong: list[str] = []
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), workers) as node:
        node.instance("one", instance.port)
        for number in range(loops):
            path = f"/loop/{number}"
            began = time.monotonic()
            made = node.route(path, "/x")
            seconds.append(time.monotonic() - began)
            wrong += [f"{path}: {got} after create" for got in [status(node.port, path)] if got != 200]
            gone = node.call("DELETE", f"/admin/routes/{made['route_id']}")
            wrong += [f"{path}: {got} after delete" for got in [status(node.port, path)] if got != 404]
            wrong += [f"{path}: pending" for content in (made, gone) if "pending_workers" in content]
    instance.kill()
    figures = (
        f"{len(wrong)} wrong; a create in force on {workers} workers in {statistics.median(seconds) * 1000:.0f} ms"
    )
    done = f"{loops} × create, call, delete, call on {workers} workers"
    return Result("G-104 write, then call", done, "no wrong answer", f"{figures} (median)", not wrong)


def status(port: int, path: str) -> int:
    """The status of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
