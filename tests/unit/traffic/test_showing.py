from __future__ import annotations

import asyncio

import pytest

from proxy.access_log import AccessLog
from proxy.traffic import showing
from proxy.traffic.showing import LEASE_SECONDS, PIECE, Showing
from proxy.traffic.shown import Shown
from proxy.traffic.tap import MOST_FOR_ONE
from proxy.traffic.wanted import Wanted
from tests.unit.test_access_log import write

ANYTHING = Wanted(1)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "SHOW_SECONDS", 0.001)


async def until_off(log: AccessLog) -> None:
    async with asyncio.timeout(10):
        while log.enabled:
            await asyncio.sleep(0.001)


async def test_nothing_is_made_of_a_request_while_nobody_watches_and_no_log_is_written() -> None:
    log, handed, clock = AccessLog(""), [], Clock()
    one = Showing(log, lambda shown, _skipped: handed.extend(shown), clock)
    assert not log.enabled
    one.watch([ANYTHING])
    assert log.enabled
    write(log)
    async with asyncio.timeout(10):
        while not handed:
            await asyncio.sleep(0.001)
    clock.now += LEASE_SECONDS  # nobody asked again
    await until_off(log)
    write(log)
    assert len(handed) == 1


async def test_who_asks_for_nothing_any_more_ends_it_and_may_begin_again() -> None:
    log, clock = AccessLog(""), Clock()
    one = Showing(log, lambda _shown, _skipped: None, clock)
    for _ in range(2):
        one.watch([ANYTHING])
        one.watch([])
        await until_off(log)


async def test_what_is_left_out_is_told_after_what_is_shown_in_pieces() -> None:
    log, clock = AccessLog(""), Clock()
    handed: list[tuple[list[Shown], dict[int, int]]] = []
    one = Showing(log, lambda shown, skipped: handed.append((shown, skipped)), clock)
    one.watch([Wanted(number, user=f"u{number}") for number in range(4)])
    for number in range(4):
        for _ in range(MOST_FOR_ONE + 1):
            write(log, user=f"u{number}")
    async with asyncio.timeout(10):
        while len(handed) < 3:
            await asyncio.sleep(0.001)
    assert [len(shown) for shown, _skipped in handed] == [PIECE, 4 * MOST_FOR_ONE - PIECE, 0]
    assert handed[-1][1] == dict.fromkeys(range(4), 1)
    one.watch([])
    await until_off(log)
