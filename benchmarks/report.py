"""The table that a run prints and docs/benchmarks.md keeps between two markers."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import CONNECTIONS, Measurement
from benchmarks.machine import describe_machine
from benchmarks.scenarios import Scenario

START, END = "<!-- benchmarks: start -->", "<!-- benchmarks: end -->"
REFERENCE = "Envoy"

Results = Mapping[str, Mapping[str, Sequence[Measurement]]]
"""Scenario name → peer name → one measurement a round."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the report has to say about how the figures came to be."""

    command: str
    rounds: int
    seconds: int
    warmed_up: bool
    limits: bool
    versions: Sequence[str]


def render(results: Results, scenarios: Sequence[Scenario], run: Run) -> str:
    """Markdown: the facts of the run, then a table a scenario."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    limit_note = "a limit per user that is never reached" if run.limits else "no limit"
    facts = (
        f"Measured on {today} with `{run.command}`: {run.rounds} round(s) of {run.seconds} s, interleaved, "
        f"after {'one warm-up round' if run.warmed_up else 'no warm-up'}; wrk with {CONNECTIONS} connections. "
        "The gateway has one core alone; wrk and two upstreams share the other. The whole job has "
        f"{limit_note}.\n\nMachine: {describe_machine()}.\n\nVersions: {', '.join(run.versions)}."
    )
    measured = [one for peers in results.values() for rounds in peers.values() for one in rounds]
    disturbed = sum(not one.began_quiet for one in measured)
    if disturbed:
        facts += f"\n\n**Something else was using the machine before {disturbed} of {len(measured)} measurements.**"
    parts = [facts]
    parts += [_table(scenario, results[scenario.name]) for scenario in scenarios if scenario.name in results]
    return "\n\n".join(parts) + "\n"


def _table(scenario: Scenario, peers: Mapping[str, Sequence[Measurement]]) -> str:
    reference = _median(peers[REFERENCE]) if REFERENCE in peers else None
    lines = [
        f"**{scenario.name}** ({scenario.describes})",
        "",
        f"| gateway | requests/s, median (min–max) | against {REFERENCE} | p50 ms | p99 ms | its core busy |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_line(name, rounds, reference) for name, rounds in peers.items()]
    return "\n".join(lines)


def _line(name: str, rounds: Sequence[Measurement], reference: float | None) -> str:
    rates = [each.requests_per_second for each in rounds]
    ratio = f"{_median(rounds) / reference:.2f}" if reference else "–"
    p50, p99, busy = (
        statistics.median(values)
        for values in zip(*((each.p50_ms, each.p99_ms, each.gateway_core_busy) for each in rounds), strict=True)
    )
    spread = f"{_median(rounds):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"
    return f"| {name} | {spread} | {ratio} | {p50:.2f} | {p99:.2f} | {busy:.0%} |"


def _median(rounds: Sequence[Measurement]) -> float:
    return statistics.median(each.requests_per_second for each in rounds)


def write_between_markers(page: Path, text: str) -> None:
    """Replace what stands between the markers of a Markdown page; raise `ValueError` when it has none."""
    before, start, rest = page.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{page} lacks the markers {START} and {END}")
    page.write_text(f"{before}{START}\n{text}{END}{after}", encoding="utf-8")
