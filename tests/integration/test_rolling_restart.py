"""Workers are replaced one by one while the node serves (R-02b), at a word of `manage.py gateway`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from proxy.node.run_directory import RunDirectory, running_supervisor
from tests.common.node_process import NodeProcess, is_alive, until

CONTROL, WORKER = "stand_ins_control", "stand_ins_worker"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    (tmp_path / "rows").write_text("1")
    command = [sys.executable, "-m", "tests.common.node_stand_ins", str(tmp_path), "2", "1.5"]
    with NodeProcess(command, tmp_path) as node:
        node.listening()
        yield node


def test_r02b_every_child_is_replaced_and_every_request_answered(node: NodeProcess) -> None:
    before = node.children()
    stopped, answers = threading.Event(), list[bytes]()

    def ask() -> None:
        while not stopped.is_set():
            answers.append(node.get("/slow" if len(answers) % 5 == 0 else "/"))  # fails on any status but 200

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for times in (1, 2, 3):
            node.signal(signal.SIGUSR2)
            until(lambda times=times: node.log.count("every worker has been replaced") == times, 60)
    finally:
        stopped.set()
        asking.join()
    until(lambda: len(node.children()) == len(before))
    assert not set(node.children()) & set(before)
    assert not any(is_alive(pid) for pid in before)
    assert len({answer.split()[0] for answer in answers}) > 3, "the clients met workers of several generations"
    assert "ERROR" not in node.log


def test_r02b_a_worker_whose_event_loop_hangs_is_ended_when_its_time_is_over(node: NodeProcess) -> None:
    hung, other = node.children(WORKER)
    os.kill(hung, signal.SIGSTOP)
    node.signal(signal.SIGUSR2)
    until(lambda: not is_alive(hung) and not is_alive(other), 30)
    until(lambda: "did not finish in its time" in node.log)
    assert len(node.children(WORKER)) == 2
    assert int(node.get().split()[0]) in node.children(WORKER)


def test_r02b_a_program_that_no_longer_starts_leaves_the_old_workers_serving(node: NodeProcess, tmp_path: Path) -> None:
    workers = node.children(WORKER)
    (tmp_path / "crash").touch()
    node.signal(signal.SIGUSR2)
    until(lambda: node.log.count("died at once") >= 3, 60)
    assert set(workers) <= set(node.children(WORKER))
    assert int(node.get().split()[0]) in workers
    (tmp_path / "crash").unlink()
    until(lambda: "every worker has been replaced" in node.log, 60)


def test_a_child_that_was_told_to_end_has_not_died_however_young_it_is(node: NodeProcess) -> None:
    for times in range(1, 4):
        before = node.children(CONTROL)
        node.signal(signal.SIGUSR2)
        until(lambda before=before: (now := node.children(CONTROL)) and not set(now) & set(before), 60)
        until(lambda times=times: node.log.count("every worker has been replaced") == times, 60)
    assert "died at once" not in node.log


def test_a_node_that_is_told_to_stop_while_it_restarts_stops(node: NodeProcess, tmp_path: Path) -> None:
    (tmp_path / "crash").touch()
    node.signal(signal.SIGUSR2)
    until(lambda: "died at once" in node.log, 60)
    children = node.children()
    node.signal(signal.SIGTERM)
    assert node.end() == 0
    assert not any(is_alive(pid) for pid in children)


def test_the_word_reaches_the_supervisor_that_holds_the_state_directory(
    node: NodeProcess, tmp_path: Path, settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.GATEWAY_STATE_DIR = tmp_path
    call_command("gateway", "reload")
    assert f"told the gateway (pid {node.process.pid}) to reload" in capsys.readouterr().out
    until(lambda: "reloading" in node.log)
    call_command("gateway", "restart")
    until(lambda: "every worker has been replaced" in node.log, 60)


def test_a_word_to_nobody_is_an_error(tmp_path: Path, settings) -> None:
    settings.GATEWAY_STATE_DIR = tmp_path
    with pytest.raises(CommandError, match="no gateway runs with the state directory"):
        call_command("gateway", "restart")


def test_only_a_lock_that_is_held_names_a_supervisor(tmp_path: Path) -> None:
    with RunDirectory(tmp_path):
        assert running_supervisor(tmp_path) == os.getpid()
    assert running_supervisor(tmp_path) is None
