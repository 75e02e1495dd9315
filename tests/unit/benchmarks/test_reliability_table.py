"""The table of docs/reliability.md keeps what was not measured anew."""

from __future__ import annotations

from pathlib import Path

from benchmarks.reliability.table import END, START, write
from benchmarks.reliability.trial import Result


def test_a_result_takes_the_place_of_the_old_one_and_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\n{END}\nafter\n")
    write(page, Result("R-06 deaths", "many", "none lost", "0 | 0", True))
    write(page, Result("R-01 kills", "200", "nothing lost", "1 wrong", False))
    write(page, Result("R-01 kills", "200", "nothing lost", "0 wrong", True))
    lines = page.read_text().splitlines()
    assert lines[0] == "before"
    assert lines[-1] == "after"
    rows = [line for line in lines if line.startswith("| R-")]
    assert [row.split(" | ")[:4] for row in rows] == [
        ["| R-01 kills", "200", "nothing lost", "0 wrong"],
        ["| R-06 deaths", "many", "none lost", "0 \\| 0"],
    ]
