"""Who may forbid what a change has come to, through whichever door. This app knows rows only; others register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Model

from gateway_project.rest.errors import Conflict
from revisions.recorder import RowChange


class Guarded(Conflict):
    """The change as a whole is not the caller's to make; nothing of it is stored."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        """What is wrong, by fields."""
        super().__init__(content={"conflicts_with": [], "errors": dict(errors)})

    def in_words(self) -> str:
        """What is wrong, for a page."""
        return " ".join(text for texts in self.content["errors"].values() for text in texts)


class Guard(Protocol):
    """Judges one change. It is made before the transaction begins; while that lasts nobody else can write."""

    def begin(self, newest: int) -> None:
        """Within the transaction, before anything is written: `newest` is the revision in force."""

    def check(self, row: Model) -> None:
        """Of a row as it would be stored, so that its form or its place in a batch is told.

        Raises Django's `ValidationError`.
        """

    def judge(self, rows: Sequence[RowChange]) -> None:
        """Within the transaction, of all that has changed. Raises `Guarded`."""


class Open:
    """Forbids nothing."""

    def begin(self, newest: int) -> None:
        """Nothing to read."""

    def check(self, row: Model) -> None:
        """Any row will do."""

    def judge(self, rows: Sequence[RowChange]) -> None:
        """Any change will do."""


_makers: list[Callable[[Any], Guard | None]] = []


def register(maker: Callable[[Any], Guard | None]) -> None:
    """Makes this the one who judges; it is given the caller, and gives None for whom nothing is forbidden."""
    _makers[:] = [maker]


def guard_for(caller: Any) -> Guard:
    """Who judges a change of this caller."""
    return (_makers[0](caller) if _makers else None) or Open()
