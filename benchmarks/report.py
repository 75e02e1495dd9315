"""The table that a run prints and docs/benchmarks.md keeps between two markers."""

from __future__ import annotations

import datetime
import shlex
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import Measurement
from benchmarks.machine import describe_machine
from benchmarks.processes import BenchmarkError
from benchmarks.scenarios import Scenario

REFERENCE = "Envoy"

Results = Mapping[str, Mapping[str, Sequence[Measurement]]]
"""Scenario name → peer name → one measurement a round."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the report has to say about how the figures came to be."""

    command: str
    rounds: int
    seconds: int
    connections: int
    warmed_up: bool
    limits: bool
    versions: Sequence[str]
    started_in: Mapping[str, float] = field(default_factory=dict)
    """Peer name → seconds from its start to its first answer."""


def render(results: Results, scenarios: Sequence[Scenario], run: Run) -> str:
    """Markdown: the facts of the run, then a table a scenario."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    limit_note = "a limit per user that is never reached" if run.limits else "no limit"
    facts = (
        f"Measured on {today} with `{run.command}`: {run.rounds} round(s) of {run.seconds} s, interleaved, "
        f"after {'one warm-up round' if run.warmed_up else 'no warm-up'}; wrk with {run.connections} connections. "
        "The gateway has one core alone; wrk and two upstreams share the other. The whole job has "
        f"{limit_note}.\n\nMachine: {describe_machine()}.\n\nVersions: {', '.join(run.versions)}."
    )
    if run.started_in:
        starts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in run.started_in.items())
        facts += f"\n\nFrom the start to the first answer: {starts}."
    measured = [one for peers in results.values() for rounds in peers.values() for one in rounds]
    disturbed = sum(not one.began_quiet for one in measured)
    if disturbed:
        facts += f"\n\n**Something else was using the machine before {disturbed} of {len(measured)} measurements.**"
    parts = [facts]
    parts += [_table(scenario, results[scenario.name]) for scenario in scenarios if scenario.name in results]
    return "\n\n".join(parts) + "\n"


def rates_of(results: Results) -> dict[str, dict[str, list[float]]]:
    """Scenario name → peer name → requests a second, one number a round."""
    return {
        scenario: {peer: [one.requests_per_second for one in rounds] for peer, rounds in peers.items()}
        for scenario, peers in results.items()
    }


def _table(scenario: Scenario, peers: Mapping[str, Sequence[Measurement]]) -> str:
    reference = _median(peers[REFERENCE]) if REFERENCE in peers else None
    columns = [
        "gateway",
        "requests/s, median (min–max)",
        f"against {REFERENCE}",
        *(["MiB/s"] if scenario.moved_bytes else []),
    ]
    columns += ["p50 ms", "p99 ms", "its core busy", "memory MiB"]
    lines = [
        f"**{scenario.name}** ({scenario.describes})",
        "",
        "| " + " | ".join(columns) + " |",
        "|---" * len(columns) + "|",
    ]
    lines += [_line(name, rounds, reference, scenario.moved_bytes) for name, rounds in peers.items()]
    return "\n".join(lines)


def _line(name: str, rounds: Sequence[Measurement], reference: float | None, moved_bytes: int) -> str:
    rates = [each.requests_per_second for each in rounds]
    ratio = f"{_median(rounds) / reference:.2f}" if reference else "–"
    seen = ((each.p50_ms, each.p99_ms, each.gateway_core_busy, each.memory_mib) for each in rounds)
    p50, p99, busy, memory = (statistics.median(values) for values in zip(*seen, strict=True))
    moved = [f"{_median(rounds) * moved_bytes / (1 << 20):,.0f}"] if moved_bytes else []
    spread = f"{_median(rounds):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})"
    cells = [name, spread, ratio, *moved, f"{p50:.2f}", f"{p99:.2f}", f"{busy:.0%}", f"{memory:,.0f}"]
    return "| " + " | ".join(cells) + " |"


def _median(rounds: Sequence[Measurement]) -> float:
    return statistics.median(each.requests_per_second for each in rounds)


def write_between_markers(page: Path, text: str, name: str = "benchmarks") -> None:
    """Replace what stands between the markers `name` of a Markdown page; raise `ValueError` when it has none."""
    begin, finish = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    before, start, rest = page.read_text(encoding="utf-8").partition(begin)
    _, end, after = rest.partition(finish)
    if not start or not end:
        raise ValueError(f"{page} lacks the markers {begin} and {finish}")
    page.write_text(f"{before}{begin}\n{text}{finish}{after}", encoding="utf-8")


def tell(name: str, arguments: Sequence[str], make: Callable[[], str], page: Path | None, marker: str) -> int:
    """Prints what `make` has measured below its command, and puts it between the markers of `page`.

    Exit code: 0 when everything was measured, 1 with the reason on standard error.
    """
    try:
        table = make()
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    command = shlex.join(["python", "-m", name, *arguments])
    text = f"Measured with `{command}`.\n\n{table}"
    print(text)
    if page:
        write_between_markers(page, text, marker)
    return 0
