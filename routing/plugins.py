"""The plugins a route may name. The data plane registers them; there are none yet, so every name is refused."""

from __future__ import annotations

_known: set[str] = set()


def register(name: str) -> None:
    """Makes a plugin's name acceptable."""
    _known.add(name)


def known() -> frozenset[str]:
    """Every acceptable name."""
    return frozenset(_known)
