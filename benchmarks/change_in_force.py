"""How fast the control plane is among many routes: `python -m benchmarks.change_in_force [ROUTES]`.

A real node of two workers, all of it on this machine, on SQLite; and on PostgreSQL too where `--database` names a
server: a database of its own is made there and dropped. The routes come in by batches; then they are listed, changed,
rehearsed, exported and restored through the REST API. The reply of a write means that it is in force (G-104).
"""

from __future__ import annotations

import argparse
import datetime
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import describe_machine, is_quiet
from benchmarks.own_database import own_database
from benchmarks.reliability.node import Node
from benchmarks.report import write_between_markers

BATCH = 1000
TIMES = 15
SERVICES = 100
ITEMS = 100
"""Of a change set."""
PATIENCE = 300
"""Seconds to wait for an answer."""

Figures = dict[str, list[float]]
"""What was done → milliseconds of each time."""


class Trial:
    """What is asked of one node, which has `routes` routes to a hundred services."""

    def __init__(self, node: Node, routes: int) -> None:
        self.lagging = 0
        """Replies that named a worker which does not serve the change yet."""
        self._node, self._routes = node, routes
        self._numbers = count(1)

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """The content of a request that must succeed."""
        reply = self._node.call(method, path, content, timeout=PATIENCE)
        self.lagging += "pending_workers" in reply
        return reply

    def figures(self) -> Iterator[tuple[str, list[float]]]:
        """Each as soon as it is known."""
        yield f"importing them, in batches of {BATCH:,}", timed(self._fill, 1)
        new = {"service_name": "service-0", "instance_id": "one", "host": "127.0.0.1", "port": 9, "weight": 100}
        instance = f"/admin/services/{self.ask('POST', '/admin/services', new)['instance_id']}"
        self._ids = [one["id"] for one in self.ask("GET", f"/admin/routes?size={ITEMS}&page=2")["routes"]]
        route, last = f"/admin/routes/{self._ids[0]}", self._routes // 100
        yield "a page of 100 routes", timed(lambda: self.ask("GET", "/admin/routes?size=100"))
        yield "the last page of 100", timed(lambda: self.ask("GET", f"/admin/routes?size=100&page={last}"))
        yield "a page of 100 revisions", timed(lambda: self.ask("GET", "/admin/revisions?size=100"))
        yield "a page of 100 entries of the audit trail", timed(lambda: self.ask("GET", "/admin/audit?size=100"))
        yield "`PUT` of a route, in force on both workers", timed(lambda: self._put(route, "priority"))
        yield "`PUT` of an instance, in force on both workers", timed(lambda: self._put(instance, "weight"))
        yield "a dry run of a `PUT`", timed(lambda: self._put(f"{route}?dry_run=true", "priority"))
        yield f"a dry run of a change set of {ITEMS}", timed(lambda: self._change_set("?dry_run=true"), 5)
        yield f"a change set of {ITEMS}, in force on both workers", timed(self._change_set, 5)
        yield "the report of conflicts after it", timed(lambda: self.ask("GET", "/admin/conflicts"), 1)
        yield "exporting the configuration", timed(lambda: self._node.manage("export_config"), 3)
        newest = self.ask("GET", "/admin/revisions?size=1")["revisions"][0]["number"]
        yield "one field of every route changed, in batches", timed(self._change_all, 1)
        yield (
            "restoring the whole configuration",
            timed(lambda: self.ask("POST", f"/admin/revisions/{newest}/restore"), 1),
        )

    def _fill(self) -> None:
        for start in range(0, self._routes, BATCH):
            items = [
                {
                    "service_name": f"service-{number % SERVICES}",
                    "path_pattern": f"/api/r{number}/*",
                    "target_url": f"/r{number}/*",
                    "method": "ANY",
                    "requires_auth": False,
                }
                for number in range(start, min(start + BATCH, self._routes))
            ]
            self.ask("POST", "/admin/batch/routes", {"routes": items})

    def _put(self, path: str, field: str) -> None:
        self.ask("PUT", path, {field: next(self._numbers)})

    def _change_set(self, query: str = "") -> None:
        data = {"priority": next(self._numbers)}
        changes = [{"action": "update", "kind": "route", "id": one, "data": data} for one in self._ids]
        self.ask("POST", f"/admin/changesets{query}", {"reason": "trial", "changes": changes})

    def _change_all(self) -> None:
        pages = range(1, self._routes // 100 + 1)
        ids = [one["id"] for page in pages for one in self.ask("GET", f"/admin/routes?size=100&page={page}")["routes"]]
        for start in range(0, len(ids), BATCH):
            items = [{"id": one, "rate_limit_rpm": 7} for one in ids[start : start + BATCH]]
            self.ask("PUT", "/admin/batch/routes", {"routes": items})


def timed(action: Callable[[], object], times: int = TIMES) -> list[float]:
    """Milliseconds of each time."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        found.append((time.perf_counter() - began) * 1000)
    return found


class Column(NamedTuple):
    """What was found on one database."""

    figures: Figures
    lagging: int
    """Replies that named a worker which lagged."""
    quiet: bool
    """Whether nothing else was using the machine when it began."""


def measured(server: str, routes: int) -> Column:
    """Of one node, from its start to its end."""
    figures: Figures = {}
    quiet = is_quiet()
    with (
        tempfile.TemporaryDirectory() as directory,
        own_database(server, Path(directory)) as url,
        Node(Path(directory), workers=2, environment={"DATABASE_URL": url}) as node,
    ):
        trial = Trial(node, routes)
        for name, values in trial.figures():
            figures[name] = values
            print(f"{name}: {told(values)}", flush=True)
    return Column(figures, trial.lagging, quiet)


def told(values: list[float]) -> str:
    """The median, with the longest where there are several."""
    if len(values) == 1:
        return f"{values[0] / 1000:.1f} s"
    median, longest = statistics.median(values), max(values)
    if median > 1000:
        return f"{median / 1000:.1f} s, {longest / 1000:.1f} s"
    return f"{median:.0f} ms, {longest:.0f} ms"


def table(found: dict[str, Column], routes: int) -> str:
    """Markdown, a column a database."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    facts = (
        f"Measured on {today}. Machine: {describe_machine()}. Two figures are the median and the longest of several."
    )
    if not all(column.quiet for column in found.values()):
        facts += "\n\n**Something else was using the machine.**"
    lines = [facts, "", f"| at {routes:,} routes | {' | '.join(found)} |", "|---" * (len(found) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(told(column.figures[name]) for column in found.values())} |"
        for name in next(iter(found.values())).figures
    ]
    lagging = " | ".join(str(column.lagging) for column in found.values())
    lines.append(f"| replies that named a worker that lagged | {lagging} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("routes", nargs="?", type=int, default=10_000)
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL server to measure too, by a database of it")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    options = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda number, _frame: sys.exit(128 + number)
    )  # the node ends, its database is dropped
    found = {"SQLite": measured("", options.routes)}
    if options.database:
        found["PostgreSQL"] = measured(options.database, options.routes)
    text = table(found, options.routes)
    print(text)
    if options.write:
        write_between_markers(options.write, text, "changes")


if __name__ == "__main__":
    main()
