"""R-01: what was acknowledged outlives SIGKILL of any process of a node, and of its PostgreSQL, at any moment.

A writer creates, changes and deletes routes, about twenty writes a second, every fifth a batch of ten routes that is
all or nothing. Then one process is killed, what does not come back by itself is started, and what was acknowledged is
compared with what is stored, and what is stored with what is served.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.postgres_process import Postgres
from benchmarks.reliability.trial import Result

PATHS = [f"/kept/{number}" for number in range(8)]
GROUP = [f"/group/{number}" for number in range(10)]
PAUSE_SECONDS = 0.05
SERVED_SECONDS = 5.0
QUIET_SECONDS = 1.0
"""How long what is stored must stay as it is after a write that nobody answered."""
Version = int | None
"""Of a route: the number in its target; None where there is none."""


@dataclass
class Ledger:
    """What the gateway has promised."""

    acknowledged: dict[str, Version] = field(default_factory=lambda: dict.fromkeys([*PATHS, *GROUP]))
    asked: dict[str, Version] = field(default_factory=dict)
    """By the one write whose answer never came: it may have happened or not."""
    ids: dict[str, str] = field(default_factory=dict)
    writes: int = 0

    def lost(self, stored: dict[str, Version]) -> list[str]:
        """Routes that are neither as acknowledged nor as the unanswered write would have them."""
        return [
            f"{path}: {stored[path]} stored, {promised} acknowledged"
            for path, promised in self.acknowledged.items()
            if stored[path] != promised and not (path in self.asked and stored[path] == self.asked[path])
        ]


class Writer(threading.Thread):
    """Writes until told to stop or until a write is not answered."""

    def __init__(self, node: Node, ledger: Ledger, chance: random.Random) -> None:
        super().__init__()
        self._node = node
        self._ledger = ledger
        self._chance = chance
        self.over = threading.Event()

    def run(self) -> None:
        """The thread."""
        while not self.over.wait(PAUSE_SECONDS):
            ledger, version = self._ledger, self._ledger.writes
            ledger.writes += 1
            is_group = version % 5 == 0
            paths = GROUP if is_group else [self._chance.choice(PATHS)]
            gone = not is_group and paths[0] in ledger.ids and self._chance.random() < 0.3
            ledger.asked = dict.fromkeys(paths, None if gone else version)
            try:
                self._write(paths, None if gone else version)
            except (OSError, http.client.HTTPException, ValueError):
                return
            ledger.acknowledged |= ledger.asked
            ledger.asked = {}

    def _write(self, paths: list[str], version: Version) -> None:
        ids, call = self._ledger.ids, self._node.call
        path = paths[0]
        if version is None:
            call("DELETE", f"/admin/routes/{ids.pop(path)}")
        elif len(paths) > 1:
            target = {"target_url": f"/echo/{version}"}
            if path in ids:
                call("PUT", "/admin/batch/routes?atomic=true", {"routes": [{"id": ids[at], **target} for at in paths]})
            else:
                made = call("POST", "/admin/batch/routes?atomic=true", {"routes": [new(at, version) for at in paths]})
                ids.update((one["data"]["path_pattern"], one["data"]["route_id"]) for one in made["results"])
        elif path in ids:
            call("PUT", f"/admin/routes/{ids[path]}", {"target_url": f"/echo/{version}"})
        else:
            ids[path] = call("POST", "/admin/routes", new(path, version))["route_id"]


def new(path: str, version: int) -> dict[str, Any]:
    """A route that answers with its version."""
    fields = {"service_name": "trial", "method": "GET", "requires_auth": False, "rate_limit_rpm": None}
    return {"path_pattern": path, "target_url": f"/echo/{version}", **fields}


def run(kills: int = 200, database: str = "SQLite", seed: int = 1) -> Result:
    """`kills` of a random process each; `database` is SQLite or PostgreSQL."""
    chance, killed, wrong, ledger = random.Random(seed), Counter[str](), list[str](), Ledger()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack, Instance("one") as instance:
        home = Path(directory)
        postgres = stack.enter_context(Postgres(home)) if database == "PostgreSQL" else None
        node = stack.enter_context(Node(home, 2, {"DATABASE_URL": postgres.url if postgres else ""}))
        node.instance("one", instance.port)
        for number in range(kills):
            writer = Writer(node, ledger, random.Random(f"{seed} {number}"))
            writer.start()
            time.sleep(chance.uniform(0.1, 1.0))
            kind = chance.choice(["worker", "control", "supervisor", *(["PostgreSQL"] if postgres else [])])
            killed[kind] += 1
            try:
                strike(kind, node, postgres, chance)
                writer.over.set()
                writer.join()
                slowest = max(slowest, settle(node, ledger, wrong, f"kill {number} ({kind})"))
            except RuntimeError as error:
                wrong.append(f"kill {number} ({kind}): {error}"[-500:])
                break
    done = f"{kills} × SIGKILL ({', '.join(f'{count} {kind}' for kind, count in sorted(killed.items()))}) under "
    done += f"{ledger.writes} writes, seed {seed}"
    seen = f"{len(wrong)} wrong{': ' + '; '.join(wrong[:3]) if wrong else ''}; "
    seen += f"served as stored {slowest:.1f} s after the node answered again at the slowest"
    must = "nothing acknowledged lost, nothing half applied, every start well, "
    must += f"served as stored within {SERVED_SECONDS:g} s"
    return Result(f"R-01 kills, {database}", done, must, seen, not wrong)


def strike(kind: str, node: Node, postgres: Postgres | None, chance: random.Random) -> None:
    """Kills, and starts again what nobody else does. Raises RuntimeError when the node does not start."""
    if kind == "supervisor":
        node.kill()
        node.start()
    elif kind == "PostgreSQL" and postgres is not None:
        postgres.kill()
        postgres.start()
    else:
        os.kill(chance.choice(node.children(kind)), signal.SIGKILL)  # nobody there: an IndexError, not a kill


def settle(node: Node, ledger: Ledger, wrong: list[str], when: str) -> float:
    """Compares, and takes what is stored as acknowledged; the seconds until it was served."""
    stored = stored_at_last(node, ledger)
    wrong += [f"{when}: {text}" for text in ledger.lost(stored)]
    if len({stored[path] for path in GROUP}) > 1:
        wrong.append(f"{when}: a batch is half applied")
    ledger.acknowledged, ledger.asked = stored, {}
    began = time.monotonic()
    while (served := {path: served_version(node.port, path) for path in stored}) != stored:
        if time.monotonic() - began > SERVED_SECONDS:
            wrong.append(f"{when}: served {served}, stored {stored}")
            break
        time.sleep(0.02)
    return time.monotonic() - began


def stored_at_last(node: Node, ledger: Ledger) -> dict[str, Version]:
    """What is stored once nothing changes any more: a write goes on without its client, who may have lost it."""
    stored: dict[str, Version] = patient(lambda: stored_versions(node, ledger))
    quiet_since = time.monotonic()
    while ledger.asked and time.monotonic() - quiet_since < QUIET_SECONDS:
        time.sleep(0.1)
        if (now := patient(lambda: stored_versions(node, ledger))) != stored:
            stored, quiet_since = now, time.monotonic()
    return stored


def patient(ask: Any, seconds: float = 90.0) -> Any:
    """The answer, once the control plane gives one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no answer of the control plane within {seconds:g} s: {error}") from error
            time.sleep(0.05)


def stored_versions(node: Node, ledger: Ledger) -> dict[str, Version]:
    """By path, from the REST API; their ids are noted."""
    rows = node.call("GET", "/admin/routes?size=100")["routes"]
    ledger.ids = {row["path_pattern"]: row["id"] for row in rows}
    versions = {row["path_pattern"]: int(row["target_url"].rpartition("/")[2]) for row in rows}
    return {path: versions.get(path) for path in [*PATHS, *GROUP]}


def served_version(port: int, path: str) -> int | str | None:
    """What the traffic sees; the reason as text when it sees neither a version nor no route."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
    if answer.status == 404 and json.loads(body).get("code") == "F40400":
        return None
    return int(body.rpartition("/")[2]) if answer.status == 200 else f"{answer.status} {body}"
