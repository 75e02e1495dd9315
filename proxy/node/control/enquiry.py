"""Asks all workers for their figures, from a thread that can wait for the answer."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping

from proxy.node.messages import AskFigures, NodeFigures

ANSWER_SECONDS = 0.6
"""The supervisor answers within half of it even when a worker is stuck."""


class FiguresEnquiry:
    """Each question has a number, so threads that ask at once get an answer each."""

    def __init__(self, send: Callable[[AskFigures], None]) -> None:
        """`send` may be called from any thread."""
        self._send = send
        self._numbers = itertools.count(1)
        self._answered = threading.Condition()
        self._answers: dict[int, Mapping[str, float]] = {}
        self._waiting: set[int] = set()
        self._last: Mapping[str, float] = {}

    def ask(self) -> Mapping[str, float]:
        """The sums of now, or the last ones known when no answer comes."""
        number = next(self._numbers)
        with self._answered:
            self._waiting.add(number)
        self._send(AskFigures(number))
        with self._answered:
            self._answered.wait_for(lambda: number in self._answers, ANSWER_SECONDS)
            self._waiting.discard(number)
            return self._answers.pop(number, self._last)

    def hear(self, message: NodeFigures) -> None:
        """An answer; one that nobody waits for any more is still remembered as the last known."""
        with self._answered:
            self._last = message.values
            if message.request in self._waiting:
                self._answers[message.request] = message.values
            self._answered.notify_all()
