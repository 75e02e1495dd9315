"""What the control process does at its time."""

from __future__ import annotations

import threading

import pytest

from proxy.node.control import duties


@pytest.fixture(autouse=True)
def no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_known", {})
    monkeypatch.setattr(duties, "close_old_connections", lambda: None)


def test_one_that_is_to_act_at_once_does_not_wait_for_its_interval() -> None:
    acted = threading.Event()
    duties.register(duties.Duty("history", 3600.0, acted.set, at_once=True))
    running = duties.Duties()
    running.start()
    try:
        assert acted.wait(10)
    finally:
        running.close()


def test_what_one_raises_is_logged_once_and_it_acts_again(caplog: pytest.LogCaptureFixture) -> None:
    tries, third = [], threading.Event()

    def act() -> None:
        tries.append(1)
        if len(tries) >= 3:
            third.set()
        raise OSError("the database is away")

    duties.register(duties.Duty("change-sets", 0.001, act))
    running = duties.Duties()
    running.start()
    try:
        assert third.wait(10)
    finally:
        running.close()
    assert [record.getMessage() for record in caplog.records].count(
        "change-sets failed, it is tried again: the database is away"
    ) == 1


def test_the_apps_register_what_a_node_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.apps import apps

    for name in ("proxy", "configuration"):
        apps.get_app_config(name).ready()
    assert {(one.name, one.at_once) for one in duties._known.values()} == {("history", True), ("change-sets", False)}
