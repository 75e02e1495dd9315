"""How long a change of one route takes until every worker serves it: `python -m benchmarks.change_in_force [ROUTES]`.

A real node of two workers, all of it on this machine. The routes come in by batches; then one of them is changed, and a
service's instance, again and again. A reply of the API means that the change is in force (G-104).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.reliability.node import Node

BATCH = 1000
TIMES = 15
SERVICES = 100


def timed(action: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def fill(node: Node, routes: int) -> None:
    """`routes` routes to a hundred services of one instance each."""
    for start in range(0, routes, BATCH):
        items = [
            {
                "service_name": f"service-{number % SERVICES}",
                "path_pattern": f"/api/r{number}/*",
                "target_url": f"/r{number}/*",
                "method": "ANY",
                "requires_auth": False,
            }
            for number in range(start, min(start + BATCH, routes))
        ]
        node.call("POST", "/admin/batch/routes", {"routes": items})


def main(routes: int) -> None:
    """Prints the medians."""
    with tempfile.TemporaryDirectory() as directory, Node(Path(directory), workers=2) as node:
        filled = timed(lambda: fill(node, routes)) / 1000
        instance = {"service_name": "service-0", "instance_id": "one", "host": "127.0.0.1", "port": 9, "weight": 100}
        made = node.call("POST", "/admin/services", instance)
        page = node.call("GET", "/admin/routes?size=100&page=7")["routes"]
        changed = f"/admin/routes/{page[0].get('route_id') or page[0]['id']}"
        lists = [timed(lambda: node.call("GET", "/admin/routes?size=100&page=7")) for _ in range(TIMES)]
        replies: list[Any] = []

        def put(path: str, content: Any) -> float:
            return timed(lambda: replies.append(node.call("PUT", path, content)))

        weights, priorities = range(101, 101 + TIMES), range(1, 1 + TIMES)
        instances = [put(f"/admin/services/{made['instance_id']}", {"weight": weight}) for weight in weights]
        puts = [put(changed, {"priority": priority}) for priority in priorities]
    print(f"{routes} routes imported in batches of {BATCH}: {filled:.1f} s")
    for name, values in (("page of 100 routes", lists), ("PUT route", puts), ("PUT instance", instances)):
        print(f"{name}: median {statistics.median(values):.0f} ms, longest {max(values):.0f} ms")
    print(f"replies that named a worker that lagged: {sum('pending_workers' in reply for reply in replies)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
