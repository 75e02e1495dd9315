"""Hours that have ended are read once; those that may still be written are read each time."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from proxy.metering.hour_rows import HourRow
from proxy.rollup.ended_hours import KEPT_SECONDS, MOST_KEPT, SETTLED_HOURS, EndedHours
from proxy.rollup.writer import Counted

NOW = 1000


class Rows:
    """The table, and which spans were read of it."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []
        self.requests = 1

    def __call__(
        self, first: int, last: int, services: Collection[str] | None, live: Counted | None
    ) -> dict[int, HourRow]:
        self.read.append((first, last))
        return {hour: HourRow(requests=self.requests) for hour in range(first, last + 1)}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ended(rows: Rows, clock: Clock) -> EndedHours:
    return EndedHours(rows, clock)


def test_what_has_ended_is_read_once_and_what_has_not_each_time(ended: EndedHours, rows: Rows) -> None:
    settled = NOW - SETTLED_HOURS
    assert sorted(ended.by_hour(NOW - 719, NOW)) == list(range(NOW - 719, NOW + 1))
    assert rows.read == [(NOW - 719, settled), (settled + 1, NOW)]
    rows.read.clear()
    rows.requests = 5
    found = ended.by_hour(NOW - 167, NOW)
    assert rows.read == [(settled + 1, NOW)]
    assert (found[settled].requests, found[NOW].requests) == (1, 5)
    assert sorted(found) == list(range(NOW - 167, NOW + 1))


def test_an_hour_later_only_that_hour_is_read(ended: EndedHours, rows: Rows) -> None:
    ended.by_hour(NOW - 23, NOW)
    rows.read.clear()
    ended.by_hour(NOW - 22, NOW + 1)
    assert rows.read == [(NOW + 1 - SETTLED_HOURS,) * 2, (NOW + 2 - SETTLED_HOURS, NOW + 1)]


def test_a_longer_span_and_what_is_kept_too_long_are_read_anew(ended: EndedHours, rows: Rows, clock: Clock) -> None:
    settled = NOW - SETTLED_HOURS
    ended.by_hour(NOW - 23, NOW)
    ended.by_hour(NOW - 167, NOW)
    assert (NOW - 167, settled) in rows.read
    rows.read.clear()
    clock.now += KEPT_SECONDS + 1
    ended.by_hour(NOW - 23, NOW)
    assert rows.read[0] == (NOW - 23, settled)


def test_each_set_of_services_has_its_own_and_few_are_kept(ended: EndedHours, rows: Rows) -> None:
    ended.by_hour(NOW - 23, NOW, ["a"])
    for number in range(MOST_KEPT):
        ended.by_hour(NOW - 23, NOW, [str(number)])
    rows.read.clear()
    ended.by_hour(NOW - 23, NOW, ["15"])
    assert len(rows.read) == 1
    ended.by_hour(NOW - 23, NOW, ["a"])
    assert len(rows.read) == 3


@pytest.mark.parametrize("first", [NOW, NOW - SETTLED_HOURS + 1])
def test_a_short_span_is_read_as_it_is(ended: EndedHours, rows: Rows, first: int) -> None:
    ended.by_hour(first, NOW)
    assert rows.read == [(first, NOW)]


def test_what_this_node_has_not_written_for_hours_is_heeded(ended: EndedHours, rows: Rows) -> None:
    ended.by_hour(NOW - 23, NOW, None, Counted("run", {NOW - 10: {}, NOW: {}}))
    assert rows.read == [(NOW - 23, NOW)]
