"""`top`: what each route carries, from two reads of /metrics, again and again."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict, astuple

from rich.live import Live

from gateway_client.errors import DONE
from gateway_client.rates import Rate, Samples, rates, samples_of
from gateway_client.screen import table
from gateway_client.session import Session

HEADINGS = ("route", "service", "req/s", "5xx/s", "mean ms", "p50 ms", "p95 ms", "own ms")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=2.0, help="between two reads (2)")
    parser.add_argument("--times", type=int, default=0, metavar="N", help="end after so many tables (0: go on)")
    parser.add_argument("--rows", type=int, default=20, help="how many of the busiest routes (20)")


def run(session: Session, options: argparse.Namespace) -> int:
    measured = (found[: options.rows] for found in _measured(session, options))
    if session.screen.as_json:
        for found in measured:
            session.screen.document([asdict(rate) for rate in found])
        return DONE
    with Live(console=session.screen.out, auto_refresh=False) as live:
        for found in measured:
            title = f"{session.api.url} · {sum(rate.per_second for rate in found):.1f} req/s"
            live.update(table(HEADINGS, map(astuple, found), title), refresh=True)
    return DONE


def _measured(session: Session, options: argparse.Namespace) -> Iterator[list[Rate]]:
    before, then = _read(session), time.monotonic()
    done = 0
    while not options.times or done < options.times:
        time.sleep(options.seconds)
        after, now = _read(session), time.monotonic()
        yield rates(before, after, now - then)
        before, then, done = after, now, done + 1


def _read(session: Session) -> Samples:
    return samples_of(session.api.text("/metrics", "text/plain"))
