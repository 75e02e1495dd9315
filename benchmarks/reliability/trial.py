"""What a trial gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One row of the table: what was done, what had to hold, what was seen."""

    name: str
    done: str
    must: str
    seen: str
    passed: bool
