"""The second table of docs/reliability.md: a row a figure, a column a gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.reliability.parity.measure import Failures, measure
from benchmarks.reliability.parity.subjects import NAMES

START, END = "<!-- peers: start -->", "<!-- peers: end -->"


def run(share: float, write: Path | None) -> bool:
    """Measures all, prints and perhaps writes; whether this gateway failed no more than the best of the others."""
    found: dict[str, Failures] = {}
    for name in NAMES:
        full_name, failures = measure(name, share)
        print(f"{full_name}: {failures}", flush=True)
        found[full_name] = failures
        if write:
            before, _, rest = write.read_text().partition(START)
            write.write_text(before + "\n".join([START, *lines(found), END]) + rest.partition(END)[2])
    return is_best(found)


def lines(found: Mapping[str, Failures]) -> list[str]:
    """In Markdown."""
    figures = list(next(iter(found.values())))
    head = [f"| failures | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    return head + [f"| {figure} | {' | '.join(str(row[figure]) for row in found.values())} |" for figure in figures]


def is_best(found: Mapping[str, Failures]) -> bool:
    """The first column against the others."""
    ours, *others = found.values()
    return all(count <= min(other[figure] for other in others) for figure, count in ours.items())
