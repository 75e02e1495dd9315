"""A crowd goes by turns, and keeps nobody else from theirs (R-09)."""

from __future__ import annotations

import asyncio

import pytest

from proxy.transport.turns import Turns


class Crowd:
    """Callers who take a turn, and what each turn of the event loop let through."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(most)
        self.passed: list[list[str]] = []

    async def caller(self, name: str) -> None:
        await self.turns.take(name[0])
        self.passed[-1].append(name)

    async def run(self, *tasks: asyncio.Task[None]) -> list[list[str]]:
        """By turn, those with nobody left out."""
        while not all(task.done() for task in tasks):
            self.passed.append([])
            await asyncio.sleep(0)
        return [names for names in self.passed if names]

    def come(self, *names: str) -> list[asyncio.Task[None]]:
        return [asyncio.ensure_future(self.caller(name)) for name in names]


async def test_no_more_than_so_many_pass_in_one_turn_and_in_their_order():
    crowd = Crowd(2)
    passed = await crowd.run(*crowd.come("a1", "a2", "a3", "a4", "a5"))
    assert passed == [["a1", "a2"], ["a3", "a4"], ["a5"]]


async def test_each_kind_has_its_turn_however_many_of_another_came_before():
    crowd = Crowd(2)
    passed = await crowd.run(*crowd.come("a1", "a2", "a3", "a4", "a5", "b1"))
    assert passed == [["a1", "a2"], ["a3", "b1"], ["a4", "a5"]]


async def test_there_is_room_again_after_every_turn():
    crowd = Crowd(1)
    for _ in range(3):
        assert await crowd.run(*crowd.come("a1")) == [["a1"]]
        crowd.passed.clear()


@pytest.mark.parametrize("gone", [[2], [2, 3], [2, 3, 4]])
async def test_who_leaves_takes_nobodys_place(gone: list[int]):
    crowd = Crowd(2)
    tasks = crowd.come("a1", "a2", "a3", "a4", "a5", "a6")
    crowd.passed.append([])
    await asyncio.sleep(0)
    for place in gone:
        tasks[place].cancel()
    passed = await crowd.run(*tasks)
    left = [f"a{place + 1}" for place in range(2, 6) if place not in gone]
    assert [name for names in passed for name in names] == ["a1", "a2", *left]
    assert all(len(names) <= 2 for names in passed)
    assert await crowd.run(*crowd.come("b1")) != []
