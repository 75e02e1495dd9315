"""Hourly figures in SQL: written whole, so nothing is counted twice whoever dies (G-260, G-263)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from proxy.metering.buckets import DURATION_BOUNDS
from proxy.metering.hours import HOUR_SECONDS, hour_of
from proxy.metering.meter import RouteMeter
from proxy.models import BUCKETS, RouteHour
from proxy.node.ledger import FiguresLedger
from proxy.rollup.report import by_hour, total
from proxy.rollup.writer import Counted, RollupWriter
from revisions.current import current_revision
from tests.unit.metering.test_meter import ended

NOW_HOUR = hour_of(datetime.now(UTC).timestamp())


def counters(requests: int, route: str = "r", service: str = "s", status: int = 200) -> dict[str, list[float]]:
    """What a worker would report of so many requests of 20 ms each."""
    meter = RouteMeter(route, service)
    for _ in range(requests):
        meter.record(ended(status=status, upstream_seconds=0.015, bytes_out=10), "GET", 0.02)
    return meter.counters()


def write(run: str, hours: dict[int, dict[str, list[float]]]) -> None:
    RollupWriter(lambda after: Counted(run, hours), 90).turn()


def counted(first: int = NOW_HOUR - 23, last: int = NOW_HOUR, **asked: Any) -> tuple[int, int]:
    row = total(by_hour(first, last, **asked).values())
    return row.requests, row.errors


def test_the_histogram_has_a_column_for_each_bucket() -> None:
    columns = {field.name for field in RouteHour._meta.get_fields()}
    assert set(BUCKETS) == {name for name in columns if name.startswith("bucket_")}
    assert len(BUCKETS) == len(DURATION_BOUNDS) + 1


@pytest.mark.django_db
def test_g260_writing_again_adds_nothing_and_raises_no_revision() -> None:
    before = current_revision()
    for requests in (5, 5, 8):
        write("run", {NOW_HOUR: counters(requests)})
    assert counted() == (8, 0)
    assert RouteHour.objects.count() == 1
    row = RouteHour.objects.get()
    assert (row.upstream_requests, row.bytes_out, row.bucket_04, row.seconds) == (8, 80, 8, pytest.approx(0.16))
    assert current_revision() == before


@pytest.mark.django_db
def test_g263_nodes_and_runs_add_up_in_one_database() -> None:
    write("node-a", {NOW_HOUR: counters(5)})
    write("node-b", {NOW_HOUR: counters(7, status=503)})
    write("node-a-restarted", {NOW_HOUR: counters(1)})
    assert counted() == (13, 7)


@pytest.mark.django_db
def test_what_is_not_written_yet_counts_too_and_what_is_written_not_twice() -> None:
    write("mine", {NOW_HOUR: counters(5)})
    write("other", {NOW_HOUR: counters(2)})
    live = Counted("mine", {NOW_HOUR: counters(6)})
    assert counted(live=live) == (8, 0)
    assert counted(live=live, services={"s"}) == (8, 0)
    assert counted(live=live, services={"t"}) == (0, 0)


@pytest.mark.django_db
def test_only_the_hours_that_were_asked_for_count() -> None:
    write("run", {NOW_HOUR - 3: counters(1), NOW_HOUR - 2: counters(10), NOW_HOUR: counters(100)})
    assert counted(NOW_HOUR - 2, NOW_HOUR) == (110, 0)
    assert [row.requests for row in by_hour(NOW_HOUR - 3, NOW_HOUR).values()] == [1, 10, 0, 100]


@pytest.mark.django_db
def test_hours_older_than_they_are_kept_are_removed() -> None:
    old = NOW_HOUR - 91 * 24
    write("run", {old: counters(1), NOW_HOUR: counters(1)})
    write("run", {NOW_HOUR: counters(1)})
    oldest = RouteHour.objects.order_by("hour").first()
    assert oldest is not None
    assert oldest.hour > datetime.now(UTC) - timedelta(days=90)


@pytest.mark.django_db
def test_while_the_database_is_away_hours_wait_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = {NOW_HOUR - 2: counters(3)}
    writer = RollupWriter(lambda after: Counted("run", {h: c for h, c in hours.items() if h > after}), 90)
    writer._complete = NOW_HOUR - 4

    def fail(*_arguments: Any, **_named: Any) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as away:
        away.setattr(RouteHour.objects, "bulk_create", fail)
        for hour in (NOW_HOUR - 2, NOW_HOUR - 1, NOW_HOUR):
            hours[hour] = counters(3)
            writer.turn()
            hours.pop(NOW_HOUR - 2, None)
    assert counted() == (0, 0)
    writer.turn()
    assert counted() == (9, 0)


step = st.one_of(
    st.tuples(st.just("requests"), st.integers(0, 2), st.integers(1, 9)),
    st.sampled_from(["worker dies", "control dies", "write", "hour", "node restarts"]),
)


class ExactlyOnce(TestCase):
    """Random histories on a real database."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(step, max_size=25))
    def test_g263_every_request_is_in_the_rows_once_whatever_dies_when(self, steps: list[Any]) -> None:
        now = (NOW_HOUR - 40) * HOUR_SECONDS + 5.0
        run, ledger, sent = 0, FiguresLedger(now), 0
        meters = [RouteMeter("r", "s") for _ in range(3)]
        generation = 0

        def writer_of(number: int, book: FiguresLedger) -> RollupWriter:
            found = RollupWriter(lambda after: Counted(f"run-{number}", book.hours_after(after, now)), 90)
            found._complete = hour_of(now) - 2
            return found

        writer = writer_of(run, ledger)
        for event in steps:
            if isinstance(event, tuple):
                _, place, count = event
                for _ in range(count):
                    meters[place].record(ended(), "GET", 0.01)
                sent += count
                ledger.report(f"w{place}.{generation}", meters[place].counters(), now)
            elif event == "worker dies":
                for place in range(3):
                    ledger.retire(f"w{place}.{generation}")
                generation += 1
                meters = [RouteMeter("r", "s") for _ in range(3)]
            elif event == "write":
                writer.turn()
            elif event == "control dies":
                writer = writer_of(run, ledger)
            elif event == "hour":
                writer.turn()  # once an hour at least: an hour is kept for one more
                now += HOUR_SECONDS
            else:
                writer.turn()
                run += 1
                ledger, generation = FiguresLedger(now), 0
                meters = [RouteMeter("r", "s") for _ in range(3)]
                writer = writer_of(run, ledger)
        writer.turn()
        assert counted(NOW_HOUR - 40, NOW_HOUR) == (sent, 0)
        RouteHour.objects.all().delete()
