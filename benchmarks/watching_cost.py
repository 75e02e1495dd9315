"""What watching the live traffic costs: `python -m benchmarks.watching_cost`.

A gateway is sent a steady load (h2load), in turns unwatched and with the stream of GET /admin/traffic/tail read, as the
console's page of live traffic reads it. Compared is the processor time of all processes of the gateway, in percent of
the core that they have: what watching takes of that core, the traffic loses.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.correctness import wait_until_it_serves
from benchmarks.machine import require_two_cores
from benchmarks.peers.gateway import Gateway
from benchmarks.peers.peer import Job, Peer
from benchmarks.processes import BenchmarkError
from benchmarks.report import tell
from benchmarks.scenarios import PLAIN
from benchmarks.steady import steady
from benchmarks.tokens import token
from benchmarks.upstreams import Upstreams

TICKS = os.sysconf("SC_CLK_TCK")


class Watchers:
    """Readers of the stream, each in a thread that throws away what it reads; `events` have come."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._threads = [threading.Thread(target=self._read) for _ in range(count)]
        self._connections: list[HTTPConnection] = []
        self.events = 0

    def _read(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        self._connections.append(connection)
        headers = {"Authorization": f"Bearer {token(permission='gateway.admin')}", "Accept": "text/event-stream"}
        connection.request("GET", "/admin/traffic/tail", headers=headers)
        answer = connection.getresponse()
        while answer.status == 200 and (line := answer.readline()):
            self.events += line.startswith(b"event: request")

    def __enter__(self) -> Watchers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            if connection.sock is not None:
                connection.sock.shutdown(2)
        for thread in self._threads:
            thread.join()


@contextmanager
def processor_seconds(peer: Peer) -> Iterator[list[float]]:
    """Collects what the peer's processes took of the processors, in seconds, from entry to exit."""
    found = list[float]()
    before = _spent(peer)
    yield found
    found.append(_spent(peer) - before)


def _spent(peer: Peer) -> float:
    total = 0
    for process in peer.processes():
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])  # utime and stime (proc(5))
    return total / TICKS


def share(peer: Peer, watchers: int, options: argparse.Namespace, directory: Path) -> float:
    """Percent of a core that the gateway takes while so many watch; raises `BenchmarkError` where they see nothing."""
    with Watchers(peer.port, watchers) as watching, processor_seconds(peer) as spent:
        began = time.monotonic()
        steady(peer.port, PLAIN, options.rate, options.seconds, 16, directory)
        seconds = time.monotonic() - began
    if watchers and not watching.events:
        raise BenchmarkError("the watchers saw no request")
    return spent[0] / seconds * 100


def run(options: argparse.Namespace) -> str:
    """The table."""
    require_two_cores()
    seen: dict[int, list[float]] = {0: [], 1: [], 5: []}
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="gateway-watching-")))
        upstreams = Upstreams(directory)
        running.callback(upstreams.stop)
        gateway = Gateway(Job(directory=directory, upstream_ports=upstreams.ports, limits=False))
        running.callback(gateway.stop)
        wait_until_it_serves(gateway)
        share(gateway, 0, options, directory)
        for _ in range(options.rounds):
            for watchers, shares in seen.items():
                shares.append(share(gateway, watchers, options, directory))
    base = statistics.median(seen[0])
    lines = [f"At {options.rate:,} requests/s:", "", "| watching | percent of the core | more |", "|---|---|---|"]
    for watchers, shares in seen.items():
        middle = statistics.median(shares)
        lines.append(f"| {watchers or 'nobody'} | {middle:.1f} | {middle - base:+.1f} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 when everything was measured, 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching_cost", description=__doc__)
    parser.add_argument("--rate", type=int, default=2000, help="requests a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    options = parser.parse_args(arguments)
    return tell("benchmarks.watching_cost", arguments, lambda: run(options), options.write, "watching")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
