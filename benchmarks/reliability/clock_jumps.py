"""R-15: the wall clock of a node jumps by an hour and by a day, forwards and back, under traffic (libfaketime)."""

from __future__ import annotations

import asyncio
import http.client
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.processes import BenchmarkError
from benchmarks.reliability import mixed_load
from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.trial import Result

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
JUMPS = ("+1h", "+0", "-1h", "+0", "+1d", "+0", "-1d", "+0")
LIMIT = 50
SETTLED_SECONDS = 2.0
CACHE_SECONDS = 300
TOKEN_SECONDS = 1800


def run(stay_seconds: float = 8.0) -> Result:
    """Each jump is followed by `stay_seconds` of traffic."""
    if LIBRARY is None:
        raise BenchmarkError("libfaketime was not found: install Debian's package faketime")
    with (
        Instance("plain") as plain,
        Instance("echo", "websocket_frames_upstream") as echo,
        tempfile.TemporaryDirectory() as directory,
    ):
        clock = Path(directory) / "clock"
        clock.write_text("+0")
        with Node(Path(directory), 2, faked(clock)) as node:
            mixed_load.arrange(node, plain, echo)
            prober = arrange(node)
            seen = asyncio.run(jump(node.port, prober, clock, stay_seconds))
            state = node.call("GET", "/admin/services/trial/state")
            noise = node.tracebacks()
    wrong = prober.judged() + ([] if state["breaker"]["state"] == "closed" else [str(state["breaker"])])
    broken = {*seen.tunnels, *seen.streams} - {"left open", "whole"}
    text = (
        f"{seen.answers} answers, {len(seen.failures)} failed {seen.failures[:3] or ''}; {broken or 'no'} tunnels or "
    )
    text += f"streams broken; {prober.allowed} of {prober.asked} requests within the limit of {LIMIT}; "
    text += f"{'; '.join(wrong) or 'nothing'} wrong; {len(noise)} tracebacks"
    must = "nothing fails, no breaker opens, expired tokens refused, stale answers not served, one window more a jump"
    passed = not (seen.failures or broken or wrong or noise)
    return Result("R-15 clock", f"the clock jumps {', '.join(JUMPS)} under 200 requests/s", must, text, passed)


def arrange(node: Node) -> Prober:
    """Routes whose answers depend on the clock, and who asks them."""
    node.route("/guarded/*", "/*", requires_auth=True)
    node.route("/limited/*", "/*", rate_limit_rpm=LIMIT)
    node.route("/cached/*", "/*", cache_enabled=True, cache_ttl_seconds=CACHE_SECONDS)
    token = node.manage("issue_token", "--subject", "u", "--ttl", str(TOKEN_SECONDS)).split()[-1]
    return Prober(node.port, token)


def faked(clock: Path) -> dict[str, str]:
    """The environment of processes that take the time from what `clock` says."""
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def jump(port: int, prober: Prober, clock: Path, stay_seconds: float) -> mixed_load.Seen:
    """What the steady clients saw while the prober asked."""
    async with mixed_load.MixedLoad(port) as seen:
        await asyncio.sleep(2)
        await asyncio.to_thread(prober.ask, "+0")
        for to in JUMPS:
            await asyncio.to_thread(clock.write_text, to)
            await asyncio.sleep(SETTLED_SECONDS)
            ends = time.monotonic() + stay_seconds - SETTLED_SECONDS
            while time.monotonic() < ends:
                await asyncio.to_thread(prober.ask, to)
    return seen


class Prober:
    """Asks the routes whose answers depend on the clock."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._began = time.monotonic()
        self._at = "+0"
        self._wrong = Counter[str]()
        self.asked = self.allowed = 0

    def ask(self, to: str) -> None:
        """Once each, and the limited route ten times. `to` is where the clock stands."""
        guarded, _ = self._get("/guarded/x")
        if guarded != (wanted := {"+": 401, "+0": 200, "-": guarded}[to if to == "+0" else to[0]]):
            self._wrong[f"a token at {to} got {guarded}, not {wanted}"] += 1
        status, word = self._get("/cached/x")
        if status != 200 or (to.startswith("+") and self._at == "+0" != to and word == "HIT"):
            self._wrong[f"the cache at {to} answered {status} {word}"] += 1
        self._at = to
        for _ in range(10):
            self.asked += 1
            self.allowed += self._get("/limited/x")[0] == 200

    def judged(self) -> list[str]:
        """What was wrong. Of the limit: a window for each minute, one for each jump and the one that was running."""
        windows = (time.monotonic() - self._began) / 60 + len(JUMPS) + 1
        over = [f"{self.allowed} allowed in {windows:.0f} windows"] if self.allowed > LIMIT * windows else []
        return [f"{what} ({count} times)" for what, count in self._wrong.items()] + over

    def _get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"} if "guarded" in path else {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers.get("X-Cache", "").upper()
