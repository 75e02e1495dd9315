"""Deadlines of a crowd that is late together (T1, R-09)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

from proxy.transport.deadlines import EXPIRED_A_TURN, NEVER, OVERDUE, Deadlines


class Late:
    """Something whose deadline has passed; `expired` counts how often it was told."""

    def __init__(self, when_told: Callable[[Late], None] = lambda _self: None) -> None:
        self.deadline = OVERDUE
        self.expired = 0
        self._when_told = when_told

    def expire(self) -> None:
        self.expired += 1
        self._when_told(self)


async def told_once_more(deadlines: Deadlines) -> None:
    """Until whoever is late now has been told, and so everybody before."""
    last = Late()
    deadlines.watch(last)
    while not last.expired:
        await asyncio.sleep(0.005)


async def test_a_crowd_is_told_by_turns_each_once():
    crowd, deadlines = [Late() for _ in range(3 * EXPIRED_A_TURN + 1)], Deadlines()
    for one in crowd:
        deadlines.watch(one)
    deadlines.start()
    told = [0]
    while told[-1] < len(crowd):
        await asyncio.sleep(0)
        told.append(sum(one.expired for one in crowd))
    assert max(later - before for before, later in pairwise(told)) == EXPIRED_A_TURN
    await told_once_more(deadlines)
    assert {one.expired for one in crowd} == {1}
    deadlines.stop()


async def test_who_has_gone_or_has_another_deadline_by_then_is_not_told():
    deadlines = Deadlines()

    def others_need_not(told: Late) -> None:
        for place, one in enumerate(each for each in crowd if each is not told):
            if place % 2:
                deadlines.forget(one)
            else:
                one.deadline = NEVER

    crowd = [Late(others_need_not) for _ in range(2 * EXPIRED_A_TURN)]
    for one in crowd:
        deadlines.watch(one)
    deadlines.start()
    await told_once_more(deadlines)
    assert sum(one.expired for one in crowd) == 1
    deadlines.stop()
