"""The real supervisor and the real worker, over a stand-in data plane and control process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proxy.snapshot.configuration import Configuration
from proxy.snapshot.store import SnapshotFile
from tests.common.node_process import NodeProcess, is_alive, until

Start = Callable[..., NodeProcess]
CONTROL, WORKER = "stand_ins_control", "stand_ins_worker"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "rows").write_text("1")
    return tmp_path


@pytest.fixture
def start(state: Path) -> Iterator[Start]:
    started: list[NodeProcess] = []

    def start(workers: int = 2, drain_seconds: float = 1.5) -> NodeProcess:
        options = [str(state), str(workers), str(drain_seconds)]
        command = [sys.executable, "-m", "tests.common.node_stand_ins", *options]
        started.append(NodeProcess(command, state))
        return started[-1]

    yield start
    for node in started:
        node.__exit__()


def pid_and_revision(node: NodeProcess) -> tuple[int, int]:
    pid, revision = node.get().split()
    return int(pid), int(revision)


def everybody_serves(node: NodeProcess, revision: int, workers: int) -> bool:
    """Whether every worker has been heard to answer, and answers by this revision."""
    answers = {}
    for _ in range(40):
        pid, seen = pid_and_revision(node)
        answers[pid] = seen
        if len(answers) == workers:
            break
    return set(answers.values()) == {revision}


def test_a_node_serves_what_is_published(start: Start, state: Path) -> None:
    node = start()
    assert node.listening()[2] == "2"
    assert pid_and_revision(node)[1] == 1
    (state / "rows").write_text("2")
    until(lambda: everybody_serves(node, 2, 2))


def test_a_first_start_waits_for_the_first_publication(start: Start, state: Path) -> None:
    (state / "rows").write_text("not yet")
    node = start(1)
    until(lambda: "waiting for the first configuration" in node.log)
    assert "listening" not in node.log
    (state / "rows").write_text("5")
    assert node.listening()[3] == "5"


def test_the_port_refuses_until_a_worker_serves_and_then_the_first_answer_is_right(start: Start, state: Path) -> None:
    (state / "rows").write_text("not yet")
    node = start(1)
    until(lambda: "waiting for the first configuration" in node.log)
    assert not listening_sockets(node.process.pid)
    (state / "rows").write_text("5")
    until(lambda: listening_sockets(node.process.pid))
    assert pid_and_revision(node)[1] == 5


def listening_sockets(pid: int) -> set[str]:
    """Inodes of a process's TCP sockets that a client could connect to."""
    held = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            held.add(str(descriptor.readlink()))
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held}


def test_g505_a_worker_starts_from_the_file_while_nothing_can_be_published(start: Start, state: Path) -> None:
    (state / "rows").unlink()
    SnapshotFile(state / "configuration.snapshot").write(Configuration(revision=41))
    assert pid_and_revision(start())[1] == 41


def test_r13_a_damaged_file_gives_way_to_the_one_before(start: Start, state: Path) -> None:
    (state / "rows").unlink()
    file = SnapshotFile(state / "configuration.snapshot")
    file.write(Configuration(revision=41))
    file.write(Configuration(revision=42))
    file.path.write_bytes(file.path.read_bytes()[:-3])
    assert pid_and_revision(start())[1] == 41


def test_a_killed_worker_is_replaced_and_traffic_goes_on(start: Start) -> None:
    node = start()
    node.listening()
    first, second = node.children(WORKER)
    time.sleep(2)  # a long enough life: what dies younger is replaced after a pause
    os.kill(first, signal.SIGKILL)
    for _ in range(20):
        assert pid_and_revision(node)[0] != first
    until(lambda: len(node.children(WORKER)) == 2)
    assert second in node.children(WORKER)
    until(lambda: everybody_serves(node, 1, 2))
    assert f"(pid {first}) was killed by signal 9" in node.log


def test_a_killed_control_process_is_replaced_and_publishes_again(start: Start, state: Path) -> None:
    node = start()
    (control,) = until(lambda: node.listening() and node.children(CONTROL))
    os.kill(control, signal.SIGKILL)
    (state / "rows").write_text("2")
    until(lambda: everybody_serves(node, 2, 2))
    assert node.children(CONTROL) != [control]


def test_a_supervisor_that_is_killed_leaves_no_process_behind_and_its_address_free(start: Start) -> None:
    node = start()
    port = node.ports[0]
    children = node.children()
    assert len(children) == 4  # control, prober, two workers
    node.signal(signal.SIGKILL)
    until(lambda: not any(is_alive(pid) for pid in children))
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopping_node_finishes_what_runs_and_ends_well(start: Start, state: Path, number: signal.Signals) -> None:
    node = start()
    node.listening()
    answers: list[bytes] = []
    slow = threading.Thread(target=lambda: answers.append(node.get("/slow")))
    slow.start()
    until((state / "slow").exists)
    children = node.children()
    node.signal(number)
    assert node.end() == 0
    slow.join()
    assert len(answers) == 1
    assert not any(is_alive(pid) for pid in children)


def test_a_signal_sent_to_every_process_at_once_is_one_signal(start: Start) -> None:
    for _ in range(3):
        node = start(drain_seconds=60)
        node.listening()
        everybody = [*node.children(), node.process.pid]
        for pid in [*everybody, node.process.pid]:
            os.kill(pid, signal.SIGTERM)
        assert node.end(40) == 0  # less than the drain time: nothing was waited for in vain
        assert not any(is_alive(pid) for pid in everybody)


def test_a_second_signal_ends_a_node_at_once(start: Start) -> None:
    node = start(1, drain_seconds=30)
    node.listening()
    (worker,) = node.children(WORKER)
    os.kill(worker, signal.SIGSTOP)
    node.signal(signal.SIGTERM)
    until(lambda: "stopping" in node.log)
    time.sleep(0.5)
    started = time.monotonic()
    node.signal(signal.SIGTERM)
    assert node.end() == 1
    assert time.monotonic() - started < 20, "the time for draining is far longer"
    assert not is_alive(worker)


def test_a_worker_that_cannot_finish_is_cut_off_after_the_drain_time(start: Start) -> None:
    node = start(1)
    node.listening()
    (worker,) = node.children(WORKER)
    os.kill(worker, signal.SIGSTOP)
    node.signal(signal.SIGTERM)
    assert node.end(30) == 0
    assert "were cut off" in node.log


def test_r02b_a_worker_told_to_leave_finishes_while_its_replacement_serves(start: Start, state: Path) -> None:
    node = start(1)
    node.listening()
    (leaving,) = node.children(WORKER)
    answers: list[bytes] = []
    slow = threading.Thread(target=lambda: answers.append(node.get("/slow")))
    slow.start()
    until((state / "slow").exists)
    os.kill(leaving, signal.SIGTERM)
    successor = until(lambda: next((pid for pid in [pid_and_revision(node)[0]] if pid != leaving), 0))
    slow.join()
    assert answers == [b"%d 1" % leaving]
    until(lambda: node.children(WORKER) == [successor])


def test_sighup_publishes_and_reads_again(start: Start, state: Path) -> None:
    node = start()
    node.listening()
    before = (state / "heard").read_text().count("Announced")
    node.signal(signal.SIGHUP)
    until(lambda: (state / "heard").read_text().count("Announced") > before)
    assert "Reload()" in (state / "heard").read_text()
    assert everybody_serves(node, 1, 2)


def test_a_document_a_worker_refuses_leaves_the_old_one_in_force(start: Start, state: Path) -> None:
    node = start()
    node.listening()
    (state / "rows").write_text("13")
    until(lambda: "worker-1 refused revision 13: ValueError: thirteen does not compile" in node.log)
    assert everybody_serves(node, 1, 2)
    (state / "rows").write_text("14")
    until(lambda: everybody_serves(node, 14, 2))


def test_a_dead_workers_requests_stay_in_the_figures(start: Start, state: Path) -> None:
    node = start(1)
    node.listening()
    for _ in range(5):
        node.get()
    (worker,) = node.children(WORKER)
    os.kill(worker, signal.SIGTERM)
    until(lambda: node.children(WORKER) not in ([], [worker]))
    node.get()
    node.signal(signal.SIGHUP)
    until(lambda: "counters={'requests': [6" in (state / "heard").read_text())


def test_a_node_that_can_never_start_gives_up_with_an_error(start: Start, state: Path) -> None:
    (state / "crash").touch()
    node = start(1)
    assert node.end(60) == 1
    assert "died at once; starting it again in 0.2 s" in node.log
    assert "worker-1 cannot be started" in node.log


def test_a_node_that_has_served_never_gives_up(start: Start, state: Path) -> None:
    node = start(1)
    node.listening()
    (state / "crash").touch()
    (worker,) = node.children(WORKER)
    os.kill(worker, signal.SIGKILL)
    until(lambda: node.log.count("died at once") >= 3)
    (state / "crash").unlink()
    until(lambda: node.children(WORKER))
    assert pid_and_revision(node)[1] == 1
