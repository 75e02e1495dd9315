from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from proxy.snapshot.configuration import Configuration
from proxy.snapshot.watch import RevisionWatch


class Rows:
    """Stands for the database: a revision that can be raised, hidden, and read slowly."""

    def __init__(self) -> None:
        self.revision = 1
        self.is_away = False
        self.loads = 0
        self.delivered: list[int] = []
        self.released = 0
        self.may_load = threading.Event()
        self.may_load.set()

    def current(self) -> int:
        if self.is_away:
            raise ConnectionError("the database is away")
        return self.revision

    def load(self) -> Configuration:
        found = self.current()
        self.loads += 1
        self.may_load.wait(60)
        return Configuration(revision=found)

    def deliver(self, configuration: Configuration) -> None:
        self.delivered.append(configuration.revision)

    def release(self) -> None:
        self.released += 1


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def watch(rows: Rows) -> Iterator[RevisionWatch]:
    watch = make_watch(rows, poll_seconds=60)
    watch.start()
    until(lambda: rows.delivered == [1])
    yield watch
    rows.may_load.set()
    watch.close()


def make_watch(rows: Rows, poll_seconds: float) -> RevisionWatch:
    return RevisionWatch(
        current=rows.current, load=rows.load, deliver=rows.deliver, release=rows.release, poll_seconds=poll_seconds
    )


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


def test_a_commit_is_delivered_at_once(rows: Rows, watch: RevisionWatch) -> None:
    rows.revision = 2
    watch.notify(2)
    until(lambda: rows.delivered == [1, 2])


def test_commits_during_a_load_are_answered_by_one_more_load(rows: Rows, watch: RevisionWatch) -> None:
    rows.may_load.clear()
    rows.revision = 2
    watch.notify(2)
    until(lambda: rows.loads == 2)
    for number in range(3, 13):
        rows.revision = number
        watch.notify(number)
    rows.may_load.set()
    until(lambda: rows.delivered[-1] == 12)
    assert rows.loads == 3


def test_news_of_what_is_delivered_already_loads_nothing(rows: Rows, watch: RevisionWatch) -> None:
    watch.notify(1)
    time.sleep(0.05)
    assert rows.loads == 1


def test_a_write_nobody_told_of_is_found_by_polling(rows: Rows) -> None:
    watch = make_watch(rows, poll_seconds=0.02)
    watch.start()
    until(lambda: rows.delivered == [1])
    rows.revision = 2
    until(lambda: rows.delivered == [1, 2])
    watch.close()


def test_a_reload_delivers_what_has_not_changed(rows: Rows, watch: RevisionWatch) -> None:
    watch.reload()
    until(lambda: rows.delivered == [1, 1])


def test_g241_a_database_that_is_away_is_logged_once_and_tried_again(
    rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    rows.is_away = True
    watch = make_watch(rows, poll_seconds=0.01)
    watch.start()
    until(lambda: rows.released >= 3)
    rows.is_away = False
    until(lambda: rows.delivered == [1])
    watch.close()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "cannot publish the configuration, the last one stays in force: ConnectionError: the database is away"
    ]


def test_a_revision_that_goes_back_is_delivered_with_a_warning(
    rows: Rows, watch: RevisionWatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows.revision = 0
    watch.reload()
    until(lambda: rows.delivered == [1, 0])
    assert "went back from 1 to 0" in caplog.text
