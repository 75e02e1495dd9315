"""Who is told of a revision inside its transaction, and so can write along with it."""

from __future__ import annotations

from collections.abc import Callable

Witness = Callable[[int, str], None]
"""(number, actor)."""

_witnesses: list[Witness] = []


def add(witness: Witness) -> None:
    """Adds one, once."""
    if witness not in _witnesses:
        _witnesses.append(witness)


def tell(number: int, actor: str) -> None:
    """Tells each. One that fails fails the change."""
    for witness in _witnesses:
        witness(number, actor)
