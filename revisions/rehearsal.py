"""Dry runs: who can tell what a change would do. This app knows rows only; whoever knows what they mean registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from revisions.recorder import RowChange


class Foresight(Protocol):
    """Looks at one change. It is made before the transaction begins; while that lasts nobody else can write."""

    def begin(self, newest: int) -> None:
        """Within the transaction, before anything is written: `newest` is the revision in force."""

    def look(self, rows: Sequence[RowChange]) -> None:
        """Within the transaction, before these rows are taken back."""

    def effects(self) -> dict[str, Any]:
        """After it: what the rows mean."""


class Blind:
    """Where nobody has registered: a dry run that tells no effects."""

    def begin(self, newest: int) -> None:
        """Nothing to read."""

    def look(self, rows: Sequence[RowChange]) -> None:
        """Nothing to keep."""

    def effects(self) -> dict[str, Any]:
        """None are known."""
        return {}


_makers: list[Callable[[Any], Foresight]] = []


def register(maker: Callable[[Any], Foresight]) -> None:
    """Makes this the one who tells; it is given the caller, who may not be told of everything."""
    _makers[:] = [maker]


def for_caller(caller: Any) -> Foresight:
    """What `change()` takes to rehearse a change of this caller."""
    return _makers[0](caller) if _makers else Blind()
