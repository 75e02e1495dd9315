from __future__ import annotations

import threading
import time

import pytest

from proxy.node.control.roster import Roster
from proxy.node.messages import Announced, Gone, Refused, Serving


@pytest.fixture
def roster() -> Roster:
    roster = Roster()
    roster.hear(Serving(1, "worker-1", 11))
    roster.hear(Serving(1, "worker-2", 12))
    roster.hear(Announced(1))
    return roster


def test_g104_nobody_is_waited_for_when_all_serve_it(roster: Roster) -> None:
    assert roster.wait(1, 5) == []


def test_g104_the_names_that_lag_come_back_after_the_time(roster: Roster) -> None:
    roster.hear(Announced(2))
    roster.hear(Serving(2, "worker-2", 12))
    started = time.monotonic()
    assert roster.wait(2, 0.05) == ["worker-1"]
    assert time.monotonic() - started >= 0.05


def test_g104_the_wait_ends_when_the_last_worker_serves_it(roster: Roster) -> None:
    def news() -> None:
        for message in (Announced(2), Serving(2, "worker-1", 11), Serving(2, "worker-2", 12)):
            time.sleep(0.01)
            roster.hear(message)

    thread = threading.Thread(target=news)
    thread.start()
    assert roster.wait(2, 5) == []
    thread.join()


def test_g104_a_worker_that_dies_is_waited_for_no_longer(roster: Roster) -> None:
    roster.hear(Announced(2))
    roster.hear(Serving(2, "worker-2", 12))
    roster.hear(Gone("worker-1"))
    assert roster.wait(2, 5) == []


def test_g104_nothing_is_believed_before_it_was_announced() -> None:
    roster = Roster()
    roster.hear(Serving(9, "worker-1", 11))
    assert roster.wait(2, 0.02) == ["worker-1"]


def test_a_refusal_ends_the_wait_at_once_and_is_shown(roster: Roster) -> None:
    roster.hear(Announced(2))
    roster.hear(Serving(2, "worker-2", 12))
    roster.hear(Refused(2, "bad regex", "worker-1"))
    assert roster.wait(2, 5) == ["worker-1"]
    assert roster.workers() == [
        {"name": "worker-1", "pid": 11, "revision": 1, "refused_revision": 2, "problem": "bad regex"},
        {"name": "worker-2", "pid": 12, "revision": 2},
    ]


def test_the_thread_that_feeds_the_roster_never_blocks_on_it(roster: Roster) -> None:
    roster.belongs_to_this_thread()
    started = time.monotonic()
    assert roster.wait(2, 5) == ["worker-1", "worker-2"]
    assert time.monotonic() - started < 4
