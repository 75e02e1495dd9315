"""R-12: many times the limit at the same moment, window after window: exactly the limit gets through."""

from __future__ import annotations

import asyncio
import collections
import secrets
import tempfile
import time
from pathlib import Path

from benchmarks.reliability.node import Instance, Node
from benchmarks.reliability.redis_process import Redis
from benchmarks.reliability.trial import Result

LIMIT = 50
WINDOW_SECONDS = 2
REQUESTS = 500
GET = b"GET /raced/x HTTP/1.1\r\nHost: trial\r\n\r\n"
RULE = {"rate_limit": {"rules": [{"by": "route", "limit": LIMIT, "window_seconds": WINDOW_SECONDS}]}}


class Burst:
    """Keep-alive connections, spread over the ports, that all ask at the same moment."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def open(self) -> None:
        """Connects them all."""
        for number in range(REQUESTS):
            self._streams.append(await asyncio.open_connection("127.0.0.1", self._ports[number % len(self._ports)]))

    async def fire(self) -> tuple[collections.Counter[int], float]:
        """Statuses, and the seconds until the last answer."""
        began = time.monotonic()
        for _reader, writer in self._streams:
            writer.write(GET)
        statuses = await asyncio.gather(*(status_of(reader) for reader, _writer in self._streams))
        return collections.Counter(statuses), time.monotonic() - began

    def close(self) -> None:
        """Closes them all."""
        for _reader, writer in self._streams:
            writer.close()


async def status_of(reader: asyncio.StreamReader) -> int:
    """Reads one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    return int(head[9:12])


async def windows_of(ports: list[int], windows: int) -> tuple[list[collections.Counter[int]], int]:
    """The statuses of each window, and how many bursts took longer than a window and were repeated."""
    burst, repeated = Burst(ports), 0
    found: list[collections.Counter[int]] = []
    await burst.open()
    while len(found) < windows and repeated <= 10 * windows:
        await asyncio.sleep(WINDOW_SECONDS)
        statuses, seconds = await burst.fire()
        if seconds < WINDOW_SECONDS:
            found.append(statuses)
        else:
            repeated += 1
    burst.close()
    return found, repeated


def judged(name: str, done: str, found: list[collections.Counter[int]], windows: int, repeated: int) -> Result:
    """Exact when each window let the limit through and refused the rest with 429."""
    wanted = {200: LIMIT, 429: REQUESTS - LIMIT}
    wrong = [dict(statuses) for statuses in found if statuses != wanted]
    seen = f"exactly {LIMIT} in {len(found) - len(wrong)} of {len(found)} windows {wrong or ''}"
    seen += f"; {repeated} bursts longer than a window, repeated" if repeated else ""
    return Result(name, done, f"{LIMIT} in every window", seen, not wrong and len(found) == windows)


def one_machine(windows: int = 100, workers: int = 4) -> Result:
    """The workers of one node, without any server."""
    with (
        Instance("one") as instance,
        tempfile.TemporaryDirectory() as directory,
        Node(Path(directory), workers) as node,
    ):
        node.instance("one", instance.port)
        node.route("/raced/*", "/*", plugins=RULE)
        found, repeated = asyncio.run(windows_of([node.port], windows))
    done = f"{REQUESTS} requests at once on {workers} workers, limit {LIMIT}, {windows} windows in a row"
    return judged("R-12 limit, one machine", done, found, windows, repeated)


def two_machines(windows: int = 100, workers: int = 2) -> Result:
    """Two nodes on one database, counting together in Redis, which may be slow here: all share two cores."""
    patient = {"GATEWAY_LIMIT_REDIS_SECONDS": "5"}
    with (
        Instance("one") as instance,
        tempfile.TemporaryDirectory() as directory,
        Redis(Path(directory)) as redis,
    ):
        shared = {"DATABASE_URL": f"sqlite:///{directory}/shared.sqlite3", "REDIS_URL": redis.url, **patient}
        shared["GATEWAY_SECRET_KEY"] = secrets.token_urlsafe(48)  # nodes of one database open what any of them sealed
        places = [Path(directory) / name for name in ("first", "second")]
        for place in places:
            place.mkdir()
        with Node(places[0], workers, shared) as first, Node(places[1], workers, shared) as second:
            first.instance("one", instance.port)
            first.route("/raced/*", "/*", plugins=RULE)
            time.sleep(2.0)  # the second node learns of the route by asking the database
            found, repeated = asyncio.run(windows_of([first.port, second.port], windows))
    done = f"{REQUESTS} requests at once on two nodes of {workers} workers with Redis, limit {LIMIT}, {windows} windows"
    return judged("R-12 limit, two machines", done, found, windows, repeated)
