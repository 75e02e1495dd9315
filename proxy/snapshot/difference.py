"""What tells two sequences apart that have most of their members in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

BLOCK = 1024
"""Members compared at once, at the speed of C where they are the very same objects."""


def gone_and_come(before: Sequence[T], now: Sequence[T]) -> tuple[list[T], list[T]]:
    """Members of `before` that are not in `now`, and the other way round, each in order.

    Between the ends that the two have in common, members are told apart by identity.
    """
    if before is now:
        return [], []
    head, tail = ends_in_common(before, now)
    was, is_now = before[head : len(before) - tail], now[head : len(now) - tail]
    held, holds = set(map(id, was)), set(map(id, is_now))
    return [one for one in was if id(one) not in holds], [one for one in is_now if id(one) not in held]


def ends_in_common(before: Sequence[T], now: Sequence[T]) -> tuple[int, int]:
    """How many members at the beginning, and how many of the others at the end, are equal or, seen singly, the same."""
    shorter = min(len(before), len(now))
    head = 0
    while head + BLOCK <= shorter and before[head : head + BLOCK] == now[head : head + BLOCK]:
        head += BLOCK
    while head < shorter and before[head] is now[head]:
        head += 1
    end, other = len(before), len(now)
    least = end - (shorter - head)
    while end - BLOCK >= least and before[end - BLOCK : end] == now[other - BLOCK : other]:
        end, other = end - BLOCK, other - BLOCK
    while end > least and before[end - 1] is now[other - 1]:
        end, other = end - 1, other - 1
    return head, len(before) - end
