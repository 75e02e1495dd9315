"""Measure this gateway beside others: `python -m benchmarks`; `--help` lists the options."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.correctness import check_answers
from benchmarks.load import Measurement, measure
from benchmarks.machine import require_two_cores
from benchmarks.peers.envoy import Envoy
from benchmarks.peers.gateway import Gateway, GatewayWithAccessLog, of_checkout
from benchmarks.peers.nginx import Nginx
from benchmarks.peers.peer import Job, Peer
from benchmarks.peers.python_proxy import PythonProxy
from benchmarks.processes import BenchmarkError, require_tool
from benchmarks.report import Run, render, write_between_markers
from benchmarks.scenarios import SCENARIOS
from benchmarks.upstreams import Upstreams

PEERS: dict[str, type[Peer]] = {
    "gateway": Gateway,
    "gateway-log": GatewayWithAccessLog,
    "envoy": Envoy,
    "nginx": Nginx,
    "python": PythonProxy,
}
DEFAULT_PEERS = ("gateway", "gateway-log", "envoy", "nginx")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (default 5)")
    parser.add_argument("--no-warm-up", action="store_true", help="leave out the first round that does not count")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=DEFAULT_PEERS)
    parser.add_argument("--scenarios", nargs="+", choices=[each.name for each in SCENARIOS])
    parser.add_argument("--limits", action="store_true", help="peers that can also limit each user (never reached)")
    parser.add_argument("--earlier", type=Path, metavar="CHECKOUT", help="also the gateway of another checkout")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the markers of this page")
    return parser.parse_args(arguments)


def measure_all(peers: Sequence[Peer], options: argparse.Namespace) -> dict[str, dict[str, list[Measurement]]]:
    """Every scenario against every peer, round by round, each round starting with another peer."""
    chosen = [each for each in SCENARIOS if not options.scenarios or each.name in options.scenarios]
    results = {scenario.name: {peer.name: list[Measurement]() for peer in peers} for scenario in chosen}
    first = 1 if options.no_warm_up else 0
    for number in range(first, options.rounds + 1):
        turn = number % len(peers)
        for scenario in chosen:
            for peer in (*peers[turn:], *peers[:turn]):
                measured = measure(peer.port, scenario, options.seconds)
                note = "warm-up" if number == 0 else f"round {number}"
                print(f"{note:8} {scenario.name:10} {peer.name:22} {measured.requests_per_second:10,.0f}/s", flush=True)
                if number:
                    results[scenario.name][peer.name].append(measured)
    return results


def run(options: argparse.Namespace, arguments: Sequence[str]) -> str:
    """Start everything, check the answers, measure, stop everything; the report."""
    require_two_cores()
    require_tool("wrk", "install it with `apt-get install wrk`")
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        upstreams = Upstreams(directory)
        running.callback(upstreams.stop)
        job = Job(directory=directory, upstream_ports=upstreams.ports, limits=options.limits)
        peers: list[Peer] = []
        kinds = [PEERS[name] for name in options.peers]
        for kind in [*kinds, *([of_checkout(options.earlier)] if options.earlier else [])]:
            peers.append(kind(job))
            running.callback(peers[-1].stop)
            check_answers(peers[-1])
        results = measure_all(peers, options)
        facts = Run(
            command=shlex.join(["python", "-m", "benchmarks", *arguments]),
            rounds=options.rounds,
            seconds=options.seconds,
            warmed_up=not options.no_warm_up,
            limits=options.limits,
            versions=list(dict.fromkeys(peer.version() for peer in peers)),
        )
        return render(results, SCENARIOS, facts)


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 when everything was measured, 1 with the reason on standard error."""
    options = parse(arguments)
    try:
        report = run(options, arguments)
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    print(f"\n{report}")
    if options.write:
        write_between_markers(options.write, report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
