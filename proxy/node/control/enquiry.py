"""Asks all workers for their figures, from a thread that can wait for the answer."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.metering.hours import Hours
from proxy.node.messages import AskFigures, NodeFigures

ANSWER_SECONDS = 0.6
"""The supervisor answers within half of it even when a worker is stuck."""


@dataclass(slots=True)
class Answer:
    """What came back: either the counters of all time, or those of some hours."""

    run: str = ""
    counters: dict[str, list[float]] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    hours: Hours = field(default_factory=dict)


class FiguresEnquiry:
    """Each question has a number, so threads that ask at once get an answer each."""

    def __init__(self, send: Callable[[AskFigures], None]) -> None:
        """`send` may be called from any thread."""
        self._send = send
        self._numbers = itertools.count(1)
        self._answered = threading.Condition()
        self._pieces: dict[int, Answer] = {}
        """Answers on their way, by question; only of those that somebody waits for."""
        self._complete: set[int] = set()
        self._last = Answer()

    def now(self) -> Answer:
        """The sums of now, or the last ones known when no answer comes."""
        found = self._ask(None)
        if found is not None:
            self._last = found
        return self._last

    def hours_after(self, hour: int) -> Answer | None:
        """What was counted in the hours later than `hour`; None when no answer comes."""
        return self._ask(hour)

    def by_service(self) -> Answer | None:
        """The sums of services; None when no answer comes."""
        return self._ask(None, by_service=True)

    def gauges(self) -> dict[str, float]:
        """The gauges of now, without counters; the last ones known when no answer comes."""
        found = self._ask(None, gauges_only=True)
        if found is not None:
            self._last.gauges = found.gauges
        return self._last.gauges

    def _ask(self, after_hour: int | None, *, by_service: bool = False, gauges_only: bool = False) -> Answer | None:
        number = next(self._numbers)
        with self._answered:
            self._pieces[number] = Answer()
        self._send(AskFigures(number, after_hour, by_service, gauges_only))
        with self._answered:
            arrived = self._answered.wait_for(lambda: number in self._complete, ANSWER_SECONDS)
            answer = self._pieces.pop(number)
            self._complete.discard(number)
        return answer if arrived else None

    def hear(self, message: NodeFigures) -> None:
        """A piece of an answer; one that nobody waits for any more is dropped."""
        with self._answered:
            answer = self._pieces.get(message.request)
            if answer is None:
                return
            answer.run = message.run
            answer.gauges |= message.gauges
            place = answer.counters if message.hour is None else answer.hours.setdefault(message.hour, {})
            place |= message.counters
            if not message.more:
                self._complete.add(message.request)
                self._answered.notify_all()
