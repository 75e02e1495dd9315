"""What a node costs among very many routes: `python -m benchmarks.scale [ROUTES …]`.

Its start with an empty state directory, and again from the file it has kept; what each of its processes uses of the
processor and of memory then; and a route changed through the REST API, whose answer means that the change is in force
on every worker (G-104). On SQLite, or with `--database` on a database of its own of that PostgreSQL server.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import describe_machine, is_quiet
from benchmarks.own_database import own_database
from benchmarks.peers.gateway import ROWS
from benchmarks.peers.peer import ROOT
from benchmarks.reliability.node import Node
from benchmarks.report import write_between_markers
from benchmarks.tokens import ISSUERS, PERMISSION, public_key_pem

TIMES = 15
TICKS = os.sysconf("SC_CLK_TCK")


class Use(NamedTuple):
    """Of one process: seconds of the processor since its start, MiB of memory (PSS)."""

    seconds: float
    mib: float


class Figures(NamedTuple):
    """Of one number of routes. Seconds of a start until all workers serve."""

    first_start: float
    first_use: dict[str, Use]
    again: float
    again_use: dict[str, Use]
    changes: list[float]
    """Milliseconds of each `PUT`."""
    on_disk: float
    """MiB of the snapshot file."""


def measured(server: str, routes: int, workers: int) -> Figures:
    """One node from its first start to its end."""
    with (
        tempfile.TemporaryDirectory() as directory,
        own_database(server, Path(directory)) as url,
        Node(Path(directory), workers, {"DATABASE_URL": url}) as node,
    ):
        _ended(node)
        _fill(node, routes)
        state = Path(node.environment["GATEWAY_STATE_DIR"])
        for left in state.glob("configuration.snapshot*"):
            left.unlink()
        first, first_use = _started(node), _uses(node)
        changes = _changed(node)
        on_disk = (state / "configuration.snapshot").stat().st_size / 2**20
        _ended(node)
        again, again_use = _started(node), _uses(node)
    return Figures(first, first_use, again, again_use, changes, on_disk)


def _ended(node: Node) -> None:
    node.process.terminate()
    node.process.wait()


def _fill(node: Node, routes: int) -> None:
    issuer = {"name": "bench", "issuer": ISSUERS["RS256"], "algorithms": ["RS256"], "public_key_pem": public_key_pem()}
    rows = {
        "instances": {"a": 9},
        "permission": PERMISSION,
        "more_routes": routes,
        "issuer": issuer,
        "routes": [{"path": "/plain/*", "requires_auth": False}],
    }
    environment = node.environment | {
        "BENCH_ROWS": json.dumps(rows),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "gateway_project.settings",
    }
    subprocess.run([sys.executable, "-P", str(ROWS)], env=environment, cwd=ROOT, check=True)


def _started(node: Node) -> float:
    """Seconds until all workers serve, and serve by the rows."""
    began = time.monotonic()
    node.start()
    seconds = time.monotonic() - began
    if (status := _status(node.port)) != 401:
        raise RuntimeError(f"the first answer was {status}")
    return seconds


def _status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/more/1/x")
    return connection.getresponse().status


def _uses(node: Node) -> dict[str, Use]:
    """By process, once those that only follow are done."""
    time.sleep(2)
    processes = {"supervisor": node.process.pid}
    for module in ("control", "prober", "worker"):
        processes[module] = node.children(module)[0]
    return {name: _use(pid) for name, pid in processes.items()}


def _use(pid: int) -> Use:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pss = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return Use((int(fields[11]) + int(fields[12])) / TICKS, int(pss[1]) / 1024 if pss else 0.0)


def _changed(node: Node) -> list[float]:
    route = f"/admin/routes/{node.call('GET', '/admin/routes?size=1&page=5')['routes'][0]['id']}"

    def put(priority: int) -> None:
        if "pending_workers" in node.call("PUT", route, {"priority": priority}, timeout=300):
            raise RuntimeError("a worker lagged")

    return [_milliseconds(put, number) for number in range(1, TIMES + 1)]


def _milliseconds(act: Callable[[int], None], number: int) -> float:
    began = time.perf_counter()
    act(number)
    return (time.perf_counter() - began) * 1000


def table(found: dict[int, Figures], workers: int) -> str:
    """Markdown, a column a number of routes."""
    columns = list(found.values())
    rows = {
        "first start: until all workers serve": [f"{one.first_start:.1f} s" for one in columns],
        "start from the file: the same": [f"{one.again:.1f} s" for one in columns],
    }
    for name in columns[0].first_use:
        rows[f"{name}: processor time of the two; memory"] = [
            told(one.first_use[name], one.again_use[name]) for one in columns
        ]
    rows["`PUT` of a route, in force on every worker: median, longest"] = [
        f"{statistics.median(one.changes):.0f} ms, {max(one.changes):.0f} ms" for one in columns
    ]
    rows["the document on disk"] = [f"{one.on_disk:.1f} MiB" for one in columns]
    title = "one worker" if workers == 1 else f"{workers} workers, the first of them"
    lines = [f"| {title} | {' | '.join(f'{count:,} routes' for count in found)} |", "|---" * (len(found) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows.items())]) + "\n"


def told(first: Use, again: Use) -> str:
    """What a process has used in a first start and in one from the file."""
    return f"{first.seconds:.1f} s, {again.seconds:.1f} s; {first.mib:.0f} MiB, {again.mib:.0f} MiB"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("routes", nargs="*", type=int, default=[10, 10_000, 100_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", metavar="URL", default="", help="a PostgreSQL server, for a database of its own")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    quiet = is_quiet()
    found = {routes: measured(options.database, routes, options.workers) for routes in options.routes}
    text = f"Machine: {describe_machine()}.\n\n" + table(found, options.workers)
    if not quiet:
        text = f"**Something else was using the machine.**\n\n{text}"
    print(text)
    if options.write:
        write_between_markers(options.write, text, "scale")


if __name__ == "__main__":
    main()
