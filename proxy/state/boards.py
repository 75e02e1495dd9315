"""The board of one process of a node: the machine's, or its own while that is out of reach."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import lmdb

from proxy.state.board import Board
from proxy.state.counter_store import Outcome, Rule
from proxy.state.own_board import OwnBoard
from proxy.state.shared_board import SharedBoard

DIRECTORY = "board"

logger = logging.getLogger("gateway.state")


class Boards:
    """A `Board` that never fails: once the shared one does, this process goes on by one of its own until its end."""

    def __init__(self, open_shared: Callable[[], Board]) -> None:
        self._board: Board = OwnBoard()
        try:
            self._board = open_shared()
        except (lmdb.Error, OSError) as problem:
            self._lose(problem)
        self.version = self._board.version

    def read(self, key: bytes) -> bytes:
        """As `Board.read`."""
        try:
            return self._board.read(key)
        except (lmdb.Error, OSError) as problem:
            self._lose(problem)
            return self._board.read(key)

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """As `CounterStore.change`."""
        try:
            return self._board.change(key, rule, now)
        except (lmdb.Error, OSError) as problem:
            self._lose(problem)
            return self._board.change(key, rule, now)

    def _lose(self, problem: Exception) -> None:
        logger.error("no shared board, breakers and health are this process's own: %s", problem)
        self._board = OwnBoard()
        self.version = self._board.version

    def close(self) -> None:
        """Lets go of it."""
        self._board.close()


def board_in(counters: str) -> Board:
    """The board shared through the directory of the counters; empty names the process's own."""
    return Boards(lambda: SharedBoard(Path(counters) / DIRECTORY)) if counters else OwnBoard()
