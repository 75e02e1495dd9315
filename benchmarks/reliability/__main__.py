"""`python -m benchmarks.reliability [--quick] [--write FILE]`: every trial, one table; exit code 1 when one failed."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.reliability import (
    instance_churn,
    large_bodies,
    rate_limit_races,
    redis_loss,
    response_cache,
    upstream_deaths,
    websocket_cases,
    websocket_tunnels,
    write_then_call,
)
from benchmarks.reliability.trial import Result

START, END = "<!-- trials: start -->", "<!-- trials: end -->"


def main() -> int:
    """Runs and reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of each trial")
    parser.add_argument("--write", type=Path, help="a Markdown file whose marked part is replaced")
    options = parser.parse_args()
    share = 10 if options.quick else 1
    trials: tuple[Callable[[], Result], ...] = (
        lambda: write_then_call.run(loops=1000 // share),
        lambda: instance_churn.run(seconds=60 / share),
        lambda: upstream_deaths.run(seconds=600 / share),
        lambda: large_bodies.run(mib=1024 // share),
        lambda: response_cache.run(requests=5000 // share),
        lambda: websocket_tunnels.run(mib=1024 // share),
        websocket_cases.run,
        lambda: rate_limit_races.one_machine(windows=100 // share),
        lambda: rate_limit_races.two_machines(windows=100 // share),
        lambda: redis_loss.run(times=10 // share),
    )
    results: list[Result] = []
    for trial in trials:
        results.append(trial())
        print(f"{'pass' if results[-1].passed else 'FAIL'}  {results[-1].name}: {results[-1].seen}", flush=True)
    if options.write:
        write(options.write, results)
    return 0 if all(result.passed for result in results) else 1


def write(path: Path, results: list[Result]) -> None:
    """Puts the table between the markers."""
    rows = [f"| {r.name} | {r.done} | {r.must} | {r.seen} | {'pass' if r.passed else 'FAIL'} |" for r in results]
    head = ["| trial | done | must hold | seen | |", "|---|---|---|---|---|"]
    when = f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, two cores shared by everything."
    text = path.read_text()
    before, _, rest = text.partition(START)
    path.write_text(before + "\n".join([START, when, "", *head, *rows, END]) + rest.partition(END)[2])


if __name__ == "__main__":
    sys.exit(main())
