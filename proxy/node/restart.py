"""How soon a child that died is started again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_DELAY_SECONDS = 0.1
MAX_DELAY_SECONDS = 5.0
SHORT_LIFE_SECONDS = 2.0
"""A child that lived less died at once: something is wrong with its start."""
MAX_FAILED_STARTS = 5
"""Deaths at once in a row after which a node that never served gives up."""


@dataclass(slots=True)
class RestartPolicy:
    """The memory of one place (control, worker-1, …): deaths at once double the delay, a longer life forgives."""

    failed_starts: int = 0

    def delay_after(self, lived_seconds: float) -> float:
        """Seconds to wait before the next start of a child that lived so long."""
        if lived_seconds >= SHORT_LIFE_SECONDS:
            self.failed_starts = 0
            return 0.0
        self.failed_starts += 1
        return min(FIRST_DELAY_SECONDS * 2.0 ** (self.failed_starts - 1), MAX_DELAY_SECONDS)

    @property
    def is_hopeless(self) -> bool:
        """Whether it never lived for long."""
        return self.failed_starts >= MAX_FAILED_STARTS
