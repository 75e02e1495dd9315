from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load import Measurement
from benchmarks.report import Run, render, write_between_markers
from benchmarks.scenarios import PLAIN, SCENARIOS

RUN = Run(
    command="make bench",
    rounds=3,
    seconds=5,
    connections=64,
    warmed_up=True,
    limits=False,
    versions=["Envoy 1", "us 1"],
)


def rounds(*rates: float) -> list[Measurement]:
    return [Measurement(rate, 1.0, 2.0, 0.99, memory_mib=30) for rate in rates]


def test_the_table_gives_medians_their_spread_and_the_ratio_to_envoy() -> None:
    text = render({"plain": {"us": rounds(10, 30, 20), "Envoy": rounds(40, 40, 40)}}, [PLAIN], RUN)
    assert "| us | 20 (10–30) | 0.50 | 1.00 | 2.00 | 99% | 30 |" in text
    assert "| Envoy | 40 (40–40) | 1.00 |" in text


def test_where_the_size_is_the_point_the_table_tells_mebibytes_a_second() -> None:
    longest = next(each for each in SCENARIOS if each.answer_bytes == 1 << 20)
    text = render({longest.name: {"us": rounds(20)}}, [longest], RUN)
    assert "| – | 20 | 1.00 |" in text
    assert "MiB/s" not in render({"plain": {"us": rounds(20)}}, [PLAIN], RUN)


def test_a_machine_that_was_not_quiet_is_told() -> None:
    disturbed = Measurement(20, 1.0, 2.0, 0.99, began_quiet=False)
    text = render({"plain": {"us": [disturbed, *rounds(20)]}}, [PLAIN], RUN)
    assert "Something else was using the machine before 1 of 2 measurements" in text
    assert "Something else" not in render({"plain": {"us": rounds(20)}}, [PLAIN], RUN)


def test_the_start_of_each_is_told() -> None:
    text = render({"plain": {"us": rounds(20)}}, [PLAIN], replace(RUN, started_in={"us": 1.26, "Envoy": 0.1}))
    assert "to the first answer: us 1.3 s, Envoy 0.1 s." in text


def test_without_envoy_there_is_no_ratio() -> None:
    assert "| us | 20 (20–20) | – |" in render({"plain": {"us": rounds(20)}}, [PLAIN], RUN)


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = "".join(
        f"before {name}\n<!-- {name}: start -->\nold\n<!-- {name}: end -->\n" for name in ("benchmarks", "changes")
    )
    page.write_text(text)
    write_between_markers(page, "new\n")
    assert page.read_text() == text.replace("old", "new", 1)
    write_between_markers(page, "new\n", "changes")
    assert page.read_text() == text.replace("old", "new")


def test_a_page_without_markers_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n")
    with pytest.raises(ValueError, match="lacks the markers"):
        write_between_markers(page, "new\n")
