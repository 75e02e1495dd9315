"""How long requests take at half of the most that a gateway can do: `python -m benchmarks.steady`.

Under full load a latency tells how long the queue is. So each gateway's maximum is measured first (wrk), then h2load
sends half as many requests a second over the same number of connections, each at its time whether or not others have
been answered on other connections. The same is asked of an upstream without a gateway, at the gateway's rate: what is
left after the subtraction is what the gateway adds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.answers import credentials
from benchmarks.correctness import check_answers, wait_until_it_serves
from benchmarks.load import measure
from benchmarks.machine import is_quiet, require_two_cores
from benchmarks.peers.direct import Direct
from benchmarks.peers.envoy import Envoy
from benchmarks.peers.gateway import Gateway
from benchmarks.peers.haproxy import HAProxy
from benchmarks.peers.nginx import Nginx
from benchmarks.peers.peer import Job, Peer
from benchmarks.processes import LOAD_CORE, BenchmarkError, require_tool
from benchmarks.report import tell
from benchmarks.scenarios import PLAIN, WHOLE_JOB, Scenario
from benchmarks.upstreams import Upstreams

HINT = "install it with `apt-get install nghttp2-client`"
PEERS: tuple[type[Peer], ...] = (Gateway, Envoy, Nginx, HAProxy)


@dataclass(frozen=True, slots=True)
class Steady:
    """One measurement at a steady rate; times in milliseconds."""

    rate: float
    """Requests a second that were sent."""
    p50: float
    p99: float
    p999: float


def steady(port: int, scenario: Scenario, rate: float, seconds: int, connections: int, directory: Path) -> Steady:
    """Sends `rate` requests a second; raises `BenchmarkError` for any answer but 200, and where the rate was missed."""
    log = directory / "steady.log"
    log.unlink(missing_ok=True)
    command = ["taskset", "-c", str(LOAD_CORE), require_tool("h2load", HINT), "--h1", "-t1", f"-c{connections}"]
    command += [f"-D{seconds}", f"--rps={rate / connections:.3f}", f"--log-file={log}"]
    for name, value in credentials(scenario).items():
        command += ["-H", f"{name}: {value}"]
    command.append(f"http://127.0.0.1:{port}{scenario.path}")
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0 or not log.exists():
        raise BenchmarkError(f"h2load failed:\n{run.stdout}{run.stderr}")
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    wrong = [row for row in rows if row[1] != "200"]
    if wrong or not rows:
        raise BenchmarkError(f"{scenario.name}: {len(wrong)} of {len(rows)} answers were not 200")
    begin = int(rows[0][0])
    taken = sorted(
        int(row[2]) / 1000 for row in rows if int(row[0]) - begin > 1_000_000
    )  # connections are open by then
    sent = len(taken) / (seconds - 1)
    if sent < 0.95 * rate:
        raise BenchmarkError(f"{scenario.name}: {sent:,.0f} requests/s were sent instead of {rate:,.0f}")
    return Steady(sent, *(taken[int(len(taken) * share)] for share in (0.5, 0.99, 0.999)))


def median(rounds: Sequence[Steady]) -> Steady:
    """The median of each figure."""
    columns = zip(*((one.rate, one.p50, one.p99, one.p999) for one in rounds), strict=True)
    return Steady(*(statistics.median(column) for column in columns))


def run(options: argparse.Namespace) -> str:
    """The table."""
    require_two_cores()
    lines = ["| gateway | scenario | its maximum | requests/s | p50 ms | p99 ms | p99.9 ms | added p50 | added p99 | |"]
    lines.append("|---" * 10 + "|")
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="gateway-steady-")))
        upstreams = Upstreams(directory)
        running.callback(upstreams.stop)
        job = Job(directory=directory, upstream_ports=upstreams.ports, limits=False)
        direct = Direct(job)
        running.callback(direct.stop)
        wait_until_it_serves(direct)
        for kind in PEERS:
            peer = kind(job)
            running.callback(peer.stop)
            wait_until_it_serves(peer)
            for scenario in (PLAIN, WHOLE_JOB):
                if scenario.route in kind.serves:
                    check_answers(peer, [scenario])
                    lines.append(row(peer, direct, scenario, options, directory))
                    print(lines[-1], flush=True)
            peer.stop()
    return "\n".join([*lines, ""])


def row(peer: Peer, direct: Peer, scenario: Scenario, options: argparse.Namespace, directory: Path) -> str:
    """One line of the table: a gateway at half of its maximum, and what it adds to the upstream and the load."""
    quiet = is_quiet()
    most = max(measure(peer, scenario, options.seconds, options.connections).requests_per_second for _ in range(2))
    through, without = list[Steady](), list[Steady]()
    for _ in range(options.rounds):
        through.append(steady(peer.port, scenario, most / 2, options.seconds, options.connections, directory))
        without.append(steady(direct.port, PLAIN, most / 2, options.seconds, options.connections, directory))
    seen, base = median(through), median(without)
    cells = [peer.name, scenario.name, f"{most:,.0f}", f"{seen.rate:,.0f}"]
    cells += [f"{value:.2f}" for value in (seen.p50, seen.p99, seen.p999)]
    cells += [f"{value:.2f}" for value in (seen.p50 - base.p50, seen.p99 - base.p99)]
    return "| " + " | ".join([*cells, "" if quiet else "the machine was not idle before"]) + " |"


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 when everything was measured, 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steady", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="of one measurement, the first of which does not count")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between the markers of this page")
    options = parser.parse_args(arguments)
    return tell("benchmarks.steady", arguments, lambda: run(options), options.write, "steady")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
