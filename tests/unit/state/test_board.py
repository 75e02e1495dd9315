"""The board: one entry seen by all, and a version that tells of changes at next to no cost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from proxy.state.board import Board
from proxy.state.boards import Boards, board_in
from proxy.state.own_board import OwnBoard
from proxy.state.shared_board import SharedBoard


class Append:
    """Adds a letter; an empty letter leaves the entry as it is."""

    lifetime = 60.0

    def __init__(self, letter: bytes) -> None:
        self.letter = letter

    def decide(self, state: bytes | memoryview, now: float) -> tuple[int, bytes | None]:
        return len(state), bytes(state) + self.letter if self.letter else None


@pytest.fixture(params=["own", "shared"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Board:
    boards: dict[str, Callable[[], Board]] = {"own": OwnBoard, "shared": lambda: SharedBoard(tmp_path / "board")}
    return boards[request.param]()


def test_an_entry_is_read_as_it_was_last_changed(board: Board) -> None:
    assert board.read(b"k") == b""
    assert [board.change(b"k", Append(letter), 1.0) for letter in (b"a", b"b")] == [0, 1]
    assert board.read(b"k") == b"ab"
    board.close()


def test_the_version_differs_after_a_change_and_only_then(board: Board) -> None:
    first = board.version()
    board.change(b"k", Append(b""), 1.0)
    board.read(b"k")
    assert board.version() == first
    board.change(b"k", Append(b"a"), 1.0)
    assert board.version() != first
    board.close()


OTHER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from proxy.state.shared_board import SharedBoard
from tests.unit.state.test_board import Append
board = SharedBoard(Path({place!r}))
for _ in range(500):
    board.change(b"k", Append(b"x"), 1.0)
board.close()
"""


def test_processes_see_each_others_changes_and_lose_none(tmp_path: Path) -> None:
    place = tmp_path / "board"
    mine = SharedBoard(place)
    before = mine.version()
    code = OTHER.format(root=str(Path(__file__).parents[3]), place=str(place))
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [other.wait(50) for other in others] == [0, 0, 0]
    assert mine.version() != before
    assert mine.read(b"k") == b"x" * 1500
    mine.close()


class Broken(OwnBoard):
    """A board whose file has gone bad."""

    def read(self, key: bytes) -> bytes:
        raise lmdb.CorruptedError


def test_a_board_that_breaks_is_replaced_by_one_of_the_process() -> None:
    board = Boards(Broken)
    assert board.read(b"k") == b""
    board.change(b"k", Append(b"a"), 1.0)
    assert board.read(b"k") == b"a"


def test_a_board_that_cannot_be_opened_is_the_process_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    board = board_in(str(tmp_path / "file"))
    before = board.version()
    board.change(b"k", Append(b"a"), 1.0)
    assert board.version() != before
