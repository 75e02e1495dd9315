"""R-02: a change of configuration every second, every tenth invalid, under steady traffic on other routes."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import tempfile
import time
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result

LIVE_SECONDS = 2.0
P99_RATIO = 2.0
ROUTE = {"service_name": "trial", "path_pattern": "/invalid", "target_url": "/x", "method": "ANY"}
INVALID: tuple[dict[str, Any], ...] = (
    {"path_pattern": "no-slash"},
    {"target_url": "ftp://elsewhere"},
    {"rate_limit_rpm": -5},
    {"path_pattern": "/(", "path_kind": "regex"},
    {"timeout_seconds": 0},
    {"plugins": {"no_such_plugin": {}}},
)


@dataclass
class Changes:
    """What became of them."""

    made: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)
    live_seconds: list[float] = field(default_factory=list)


def run(changes: int = 300, calm_seconds: float = 60.0, workers: int = 2, database: str = "") -> Result:
    """`calm_seconds` without a change for the p99 to compare with, then a change a second."""
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), workers, {"DATABASE_URL": database}) as node,
    ):
        mixed_load.arrange(node, plain, echo)
        seen, did, calm, busy = asyncio.run(change_under_load(node, changes, calm_seconds))
        noise = node.tracebacks()
    ended = {how: count for how, count in seen.tunnels.items() if how != "left open"}
    broken = {how: count for how, count in seen.streams.items() if how != "whole"}
    text = f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; "
    text += f"{ended or 'no'} tunnels dropped; {broken or 'no'} streams cut; "
    text += f"{did.refused} changes refused with a reason, {len(did.wrong)} wrong {did.wrong[:2] or ''}; "
    text += f"live on {workers} workers after {max(did.live_seconds) * 1000:.0f} ms at the slowest; "
    text += f"p99 {busy:.1f} ms, {calm:.1f} ms without changes; {len(noise)} tracebacks"
    passed = not (seen.failures or ended or broken or did.wrong or noise)
    passed = passed and max(did.live_seconds) <= LIVE_SECONDS and busy <= P99_RATIO * calm
    must = "nothing fails, invalid refused with a reason, "
    must += f"live within {LIVE_SECONDS:g} s, p99 at most {P99_RATIO:g} times as long"
    name = f"R-02 changes, {'PostgreSQL' if database else 'SQLite'}"
    return Result(name, f"{did.made + did.refused} changes, one a second, under 200 requests/s", must, text, passed)


async def change_under_load(node: Node, changes: int, calm: float) -> tuple[mixed_load.Seen, Changes, float, float]:
    """What the clients saw, what the changes did, and the two p99 in ms."""
    did = Changes()
    async with mixed_load.MixedLoad(node.port) as seen:
        await asyncio.sleep(2)
        began = time.monotonic()
        await asyncio.sleep(calm)
        changing = time.monotonic()
        changer = Changer(node, did)
        for number in range(changes):
            due = changing + number
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.to_thread(changer.change, number)
        ended = time.monotonic()
    return seen, did, seen.p99_ms(began, changing), seen.p99_ms(changing, ended)


class Changer:
    """Makes one change after another and looks whether it is in force."""

    def __init__(self, node: Node, did: Changes) -> None:
        self._node = node
        self._did = did
        self._made: list[str] = []
        self._numbers = itertools.count()
        self._kinds = itertools.cycle((self._add, self._limit, self._weight, self._remove))

    def change(self, number: int) -> None:
        """Every tenth is invalid."""
        try:
            if number % 10 == 9:
                self._invalid(INVALID[number // 10 % len(INVALID)])
                self._did.refused += 1
            else:
                next(self._kinds)()
                self._did.made += 1
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self._did.wrong.append(f"change {number}: {error!r}")

    def _add(self) -> None:
        path = f"/changing/{next(self._numbers)}"
        began = time.monotonic()
        self._made.append(self._node.route(path, f"/echo{path}")["route_id"])
        self._live(path, 200, began)

    def _limit(self) -> None:
        self._node.call("PUT", f"/admin/routes/{self._made[-1]}", {"rate_limit_rpm": 100 + next(self._numbers)})

    def _weight(self) -> None:
        self._node.call("PUT", "/admin/services/plain", {"weight": 1 + next(self._numbers) % 5})

    def _remove(self) -> None:
        route = self._made.pop()
        path = self._node.call("GET", f"/admin/routes/{route}")["path_pattern"]
        began = time.monotonic()
        self._node.call("DELETE", f"/admin/routes/{route}")
        self._live(path, 404, began)

    def _live(self, path: str, status: int, began: float) -> None:
        """On every worker: twenty connections of their own all see it."""
        right = 0
        while right < 20:
            right = right + 1 if self._status(path) == status else 0
            assert time.monotonic() - began < 3 * LIVE_SECONDS, f"{path} does not answer {status} everywhere"
        self._did.live_seconds.append(time.monotonic() - began)

    def _status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._node.port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def _invalid(self, fields: dict[str, Any]) -> None:
        before = self._stored()
        status, told = self._refusal(ROUTE | fields)
        if status != 400 or told["code"] != "F40000" or next(iter(fields)) not in told["content"]["errors"]:
            raise AssertionError(f"{fields}: {status} {told}")
        assert self._stored() == before, fields

    def _stored(self) -> int:
        return int(self._node.call("GET", "/admin/revisions?size=1")["total"])

    def _refusal(self, content: dict[str, Any]) -> tuple[int, Any]:
        try:
            self._node.call("POST", "/admin/routes", content)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        return 200, "it was taken"


if __name__ == "__main__":
    print(run(30, 10))
