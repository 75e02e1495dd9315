"""A log that is followed while it grows, is emptied and is rotated."""

from __future__ import annotations

from pathlib import Path

from gateway_client.following import followed, last_lines


def test_the_last_whole_lines_and_where_to_go_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"1\n2\n3\nhal")
    assert last_lines(log, 2) == (["2", "3"], 6)
    assert last_lines(log, 0) == ([], 6)


def test_no_line_is_lost_or_cut_over_growth_rotation_and_emptying(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"before\nhal")
    lines = followed(log, 0)
    assert next(lines) == "before"
    with log.open("ab") as file:
        file.write(b"f\nlast of the old\n")
        log.rename(tmp_path / "log.1")
        log.write_bytes(b"first of the new\n")
        file.write(b"late in the old\n")
    assert [next(lines) for _ in range(4)] == ["half", "last of the old", "late in the old", "first of the new"]
    log.write_bytes(b"new\n")
    assert next(lines) == "new"


def test_it_ends_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"1\n")
    answers = iter([True, False])
    assert list(followed(log, 0, lambda: next(answers))) == ["1"]
