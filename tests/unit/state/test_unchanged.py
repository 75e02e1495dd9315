"""Counters and board that are looked at (G-410)."""

from __future__ import annotations

from proxy.breaker.rules import ByHand, board_key, decode
from proxy.limiting.all_or_nothing import AllOrNothing
from proxy.limiting.sliding_window import sliding_window
from proxy.state.own_board import OwnBoard
from proxy.state.own_counters import OwnCounters
from proxy.state.shared_board import SharedBoard
from proxy.state.shared_counters import SharedCounters
from proxy.state.unchanged import UnchangedBoard, UnchangedCounters

RULE = sliding_window(2, 60.0)


def test_verdicts_are_those_of_now_and_nothing_is_counted(tmp_path) -> None:
    for store in (OwnCounters(), SharedCounters(tmp_path)):
        looked = UnchangedCounters(store)
        assert [looked.change(b"a", RULE, 1.0).remaining for _ in range(3)] == [1, 1, 1]
        assert looked.change_all([b"a", b"b"], AllOrNothing([RULE, RULE]), 1.0)[1].remaining == 1
        assert store.change(b"a", RULE, 1.0).remaining == 1
        assert looked.change(b"a", RULE, 1.0).remaining == 0
        looked.close()
        assert store.change(b"a", RULE, 1.0).remaining == 0
        store.close()


def test_a_board_is_read_as_it_is_and_stays_so(tmp_path) -> None:
    for board in (OwnBoard(), SharedBoard(tmp_path / "board")):
        looked = UnchangedBoard(board)
        version, key = board.version(), board_key("s")
        looked.change(key, ByHand("", "open"), 1.0)
        assert (looked.version(), looked.read(key)) == (version, b"")
        board.change(key, ByHand("", "open"), 1.0)
        assert str(decode(looked.read(key))[""].phase) == "open"
        assert looked.version() != version
        looked.close()
        board.close()
