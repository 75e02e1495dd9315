"""Dry runs: who can tell what a change would do. This app knows rows only; whoever knows what they mean registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from revisions.recorder import RowChange

Tell = Callable[[Sequence[RowChange]], dict[str, Any]]
"""What the rows that have changed mean, asked before they are taken back."""
Foresee = Callable[[], Tell]
"""Called before anything is written, in the same transaction."""

_foreseers: list[Callable[[Any], Tell]] = []


def register(foreseer: Callable[[Any], Tell]) -> None:
    """Makes this the one who tells; it is given the caller, who may not be told of everything."""
    _foreseers[:] = [foreseer]


def for_caller(caller: Any) -> Foresee:
    """What `change()` takes to rehearse a change of this caller."""
    return partial(_foreseers[0], caller) if _foreseers else lambda: lambda rows: {}
