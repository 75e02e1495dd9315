"""The state that explanations look at. Whoever carries traffic, or shares the stores of those who do, registers it."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.caching.reply_store import ReplyStore
from proxy.state.board import Board
from proxy.state.counter_store import CounterStore
from proxy.state.own_board import OwnBoard
from proxy.state.own_counters import OwnCounters


@dataclass(frozen=True, slots=True)
class Live:
    """By default that of a gateway which has not served anything yet, as a command's."""

    counters: CounterStore = field(default_factory=OwnCounters)
    board: Board = field(default_factory=OwnBoard)
    replies: ReplyStore | None = None


_registered: list[Live] = []


def register(live: Live) -> None:
    """Makes these stores the ones that are looked at."""
    _registered[:] = [live]


def unregister() -> None:
    """Back to a process without traffic."""
    _registered.clear()


def registered() -> Live | None:
    """The stores, None in a process without traffic."""
    return _registered[0] if _registered else None
