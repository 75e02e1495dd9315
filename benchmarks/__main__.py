"""Measure this gateway beside others: `python -m benchmarks`; `--help` lists the options."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.correctness import check_answers, wait_until_it_serves
from benchmarks.load import Measurement, measure
from benchmarks.machine import require_two_cores
from benchmarks.peers.caddy import Caddy
from benchmarks.peers.direct import Direct
from benchmarks.peers.envoy import Envoy
from benchmarks.peers.gateway import (
    Gateway,
    GatewayOfHundredThousand,
    GatewayOfTenThousand,
    GatewayOfThousand,
    GatewayOfTwoWorkers,
    GatewayWithAccessLog,
    of_checkout,
)
from benchmarks.peers.haproxy import HAProxy
from benchmarks.peers.nginx import Nginx
from benchmarks.peers.peer import Job, Peer
from benchmarks.peers.python_proxy import PythonProxy
from benchmarks.peers.traefik import Traefik
from benchmarks.plot import draw
from benchmarks.processes import BenchmarkError, require_tool
from benchmarks.report import Run, rates_of, render, write_between_markers
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.upstreams import Upstreams

PEERS: dict[str, type[Peer]] = {
    "gateway": Gateway,
    "gateway-log": GatewayWithAccessLog,
    "gateway-2-workers": GatewayOfTwoWorkers,
    "gateway-1k": GatewayOfThousand,
    "gateway-10k": GatewayOfTenThousand,
    "gateway-100k": GatewayOfHundredThousand,
    "envoy": Envoy,
    "nginx": Nginx,
    "haproxy": HAProxy,
    "caddy": Caddy,
    "traefik": Traefik,
    "python": PythonProxy,
    "direct": Direct,
}
DEFAULT_PEERS = ("gateway", "envoy", "nginx", "haproxy")
DEFAULT_SCENARIOS = ("plain", "whole job", "varied plain", "varied whole job", "whole job RS256", "cached")
"""With the default peers a quarter of an hour."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (default 5)")
    parser.add_argument("--connections", type=int, default=64, help="of the load at once (default 64)")
    parser.add_argument("--no-warm-up", action="store_true", help="leave out the first round that does not count")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=DEFAULT_PEERS)
    names = [each.name for each in SCENARIOS]
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--scenarios", nargs="+", choices=names, metavar="NAME", help=f"of these: {', '.join(names)}")
    asked.add_argument("--all", action="store_const", dest="scenarios", const=names, help="every scenario")
    parser.add_argument("--limits", action="store_true", help="peers that can also limit each user (never reached)")
    parser.add_argument("--earlier", type=Path, metavar="CHECKOUT", help="also the gateway of another checkout")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the markers of this page")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw a picture (SVG)")
    return parser.parse_args(arguments)


def measure_all(
    peers: Sequence[Peer], chosen: Sequence[Scenario], options: argparse.Namespace
) -> dict[str, dict[str, list[Measurement]]]:
    """Every scenario against every peer that can serve it, round by round, each round starting with another peer."""
    results = {
        scenario.name: {peer.name: list[Measurement]() for peer in peers if scenario.route in peer.serves}
        for scenario in chosen
    }
    first = 1 if options.no_warm_up else 0
    for number in range(first, options.rounds + 1):
        turn = number % len(peers)
        for scenario in chosen:
            for peer in (*peers[turn:], *peers[:turn]):
                if scenario.route not in peer.serves:
                    continue
                measured = measure(peer, scenario, options.seconds, options.connections)
                note = "warm-up" if number == 0 else f"round {number}"
                print(f"{note:8} {scenario.name:16} {peer.name:22} {measured.requests_per_second:10,.0f}/s", flush=True)
                if number:
                    results[scenario.name][peer.name].append(measured)
    return results


def run(options: argparse.Namespace, arguments: Sequence[str]) -> str:
    """Start everything, check the answers, measure, stop everything; the report."""
    require_two_cores()
    require_tool("wrk", "install it with `apt-get install wrk`")
    chosen = [each for each in SCENARIOS if each.name in (options.scenarios or DEFAULT_SCENARIOS)]
    with ExitStack() as running:
        directory = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="gateway-bench-")))
        upstreams = Upstreams(directory)
        running.callback(upstreams.stop)
        job = Job(directory=directory, upstream_ports=upstreams.ports, limits=options.limits)
        peers: list[Peer] = []
        started_in: dict[str, float] = {}
        kinds = [PEERS[name] for name in options.peers]
        for kind in [*kinds, *([of_checkout(options.earlier)] if options.earlier else [])]:
            peers.append(kind(job))
            running.callback(peers[-1].stop)
            started_in[peers[-1].name] = wait_until_it_serves(peers[-1])
            check_answers(peers[-1], [each for each in chosen if each.route in kind.serves])
        results = measure_all(peers, chosen, options)
        if options.plot:
            draw(rates_of(results), options.plot)
        facts = Run(
            command=shlex.join(["python", "-m", "benchmarks", *arguments]),
            rounds=options.rounds,
            seconds=options.seconds,
            connections=options.connections,
            warmed_up=not options.no_warm_up,
            limits=options.limits,
            started_in=started_in,
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
