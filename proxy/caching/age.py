"""How old a reply is (RFC 9111 section 4.2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Moment(NamedTuple):
    """One point in time on two clocks.

    `steady` does not jump but may stand still while the machine sleeps; `wall` is right again afterwards but may be set
    back. Time has passed as soon as either says so.
    """

    wall: float
    """Epoch seconds."""
    steady: float
    """`time.monotonic()`, which all processes of a machine share."""


def age_value(values: Sequence[bytes]) -> int | None:
    """Seconds that the `Age` lines of a reply state; 0 without one, None for anything that is not one number."""
    if not values:
        return 0
    if len(values) > 1 or not values[0].isdigit():
        return None
    return min(int(values[0][:12]), 2**31)


def initial_age(age: int, date: float | None, requested: float, received: float) -> float:
    """The age of a reply when it came: `age` as stated, `date` as stated, times in epoch seconds."""
    apparent = max(0.0, received - date) if date is not None else 0.0
    return max(apparent, age + max(0.0, received - requested))


def current_age(initial: float, stored: Moment, now: Moment) -> float:
    """The age of a stored reply now, in seconds."""
    return initial + max(now.wall - stored.wall, now.steady - stored.steady, 0.0)
