from __future__ import annotations

import asyncio

import pytest

from proxy.password_checks import WAITING, WAITING_OF_A_NETWORK, WRONG_IN_A_MINUTE, PasswordChecks, TooManyChecks
from proxy.state.own_counters import OwnCounters
from tests.common.consumer_credentials import quick_hash

HASH = quick_hash("right")
SLOW = quick_hash("right", log2_n=15)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def checks(clock):
    made = PasswordChecks(OwnCounters(), clock)
    yield made
    made.close()


async def test_g226_a_right_password_is_remembered_and_a_wrong_one_is_not(checks):
    assert not await checks.is_right(HASH, "wrong", b"a")
    assert not checks.remembers(HASH, "wrong")
    assert not checks.remembers(HASH, "right")
    assert await checks.is_right(HASH, "right", b"a")
    assert checks.remembers(HASH, "right")


async def test_g226_what_is_remembered_belongs_to_one_hash(checks):
    assert await checks.is_right(HASH, "right", b"a")
    assert not checks.remembers(quick_hash("right", 5), "right")
    assert not checks.remembers(HASH, "right ")


async def test_g226_the_same_password_at_once_is_checked_once(checks):
    found = await asyncio.gather(*(checks.is_right(SLOW, "right", b"a") for _ in range(100)))
    assert found == [True] * 100


async def test_g226_a_client_that_leaves_takes_nobody_elses_answer_along(checks):
    first = asyncio.create_task(checks.is_right(SLOW, "right", b"a"))
    await asyncio.sleep(0)
    second = asyncio.create_task(checks.is_right(SLOW, "right", b"a"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_g226_one_network_cannot_fill_the_row(checks):
    waiting = [asyncio.create_task(checks.is_right(SLOW, f"wrong {n}", b"a")) for n in range(WAITING_OF_A_NETWORK)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecks):
        await checks.is_right(SLOW, "right", b"a")
    assert await checks.is_right(HASH, "right", b"b")
    assert await asyncio.gather(*waiting) == [False] * WAITING_OF_A_NETWORK


async def test_g226_what_waits_is_bounded(checks):
    waiting = [asyncio.create_task(checks.is_right(SLOW, "wrong", b"%d" % n)) for n in range(2)]
    waiting += [asyncio.create_task(checks.is_right(HASH, f"wrong {n}", b"n%d" % n)) for n in range(WAITING - 1)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecks):
        await checks.is_right(HASH, "right", b"z")
    await asyncio.gather(*waiting)
    assert await checks.is_right(HASH, "right", b"z")


async def test_g226_after_too_many_wrong_ones_a_network_waits_but_what_is_remembered_passes(checks, clock):
    await checks.is_right(HASH, "right", b"a")
    for number in range(WRONG_IN_A_MINUTE):
        assert not await checks.is_right(HASH, f"wrong {number}", b"a")
    with pytest.raises(TooManyChecks) as caught:
        await checks.is_right(quick_hash("other"), "other", b"a")
    assert caught.value.seconds == 60
    assert checks.remembers(HASH, "right")
    assert await checks.is_right(HASH, "right", b"a")
    assert await checks.is_right(quick_hash("other"), "other", b"b")
    clock.now += 60.001
    assert not await checks.is_right(HASH, "wrong", b"a")


async def test_g226_workers_count_wrong_passwords_together(clock):
    counters = OwnCounters()
    workers = [PasswordChecks(counters, clock), PasswordChecks(counters, clock)]
    for number in range(WRONG_IN_A_MINUTE):
        await workers[number % 2].is_right(HASH, f"wrong {number}", b"a")
    with pytest.raises(TooManyChecks):
        await workers[1].is_right(HASH, "right", b"a")
    for worker in workers:
        worker.close()


async def test_g226_the_event_loop_turns_while_a_password_is_checked(checks):
    check = asyncio.create_task(checks.is_right(quick_hash("right", 15), "right", b"a"))
    turns = 0
    while not check.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
