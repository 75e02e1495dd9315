"""What a limit says to one request."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """`admitted`, how many more would be `remaining`, and in how many seconds the next one comes free.

    For an admitted request `free_in` is when the oldest that counts leaves the window; for a refused one, when a
    request may be admitted again.
    """

    admitted: bool
    remaining: int
    free_in: float
