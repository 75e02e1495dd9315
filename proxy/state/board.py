"""What all processes of a machine know of the world: breaker states, health, who is ejected.

It is read far oftener than written: a reader keeps what it made of the entries and looks again only when `version` has
changed, which costs it next to nothing.
"""

from __future__ import annotations

from typing import Protocol

from proxy.state.counter_store import StateStore


class Board(StateStore, Protocol):
    """Small entries by key, changed by rules."""

    def version(self) -> int:
        """Differs from every earlier one once any process has changed an entry."""

    def read(self, key: bytes) -> bytes:
        """The entry's state; empty when there is none. It may have expired: its rule knows."""
