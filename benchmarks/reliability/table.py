"""The table of docs/reliability.md: one row a trial, a new result in the place of the old one."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.reliability.trial import Result

START, END = "<!-- trials: start -->", "<!-- trials: end -->"
HEAD = ["| trial | done | must hold | seen | | on |", "|---|---|---|---|---|---|"]


def write(path: Path, result: Result) -> None:
    """Puts the row of a trial between the markers, the others left as they are; rows are sorted by their ids."""
    before, _, rest = path.read_text().partition(START)
    table, _, after = rest.partition(END)
    rows = {name_of(line): line for line in table.splitlines() if line.startswith("| ") and line not in HEAD}
    rows[result.name] = row(result)
    path.write_text(before + "\n".join([START, *HEAD, *sorted(rows.values(), key=order), END]) + after)


def row(result: Result) -> str:
    """In Markdown."""
    verdict = "pass" if result.passed else "FAIL"
    cells = (result.name, result.done, result.must, result.seen.replace("|", "\\|"), verdict, time.strftime("%Y-%m-%d"))
    return f"| {' | '.join(cells)} |"


def name_of(line: str) -> str:
    """The first cell."""
    return line.removeprefix("| ").partition(" | ")[0]


def order(line: str) -> tuple[str, str]:
    """By the number of the figure, so that R-02b follows R-02; names without one come first."""
    return name_of(line).partition(" ")[0], line
