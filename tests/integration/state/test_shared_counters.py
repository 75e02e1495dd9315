"""Processes that share counters: never one too many, and killed writers leave nothing behind (G-343, R-12)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.limiting.sliding_window import sliding_window
from proxy.node.counter_directory import counter_directory
from proxy.state.shared_counters import SharedCounters

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 4
WRITER = """
import sys, time
from pathlib import Path
from proxy.limiting.sliding_window import sliding_window
from proxy.state.shared_counters import SharedCounters
store, window = SharedCounters(Path(sys.argv[1])), sliding_window(int(sys.argv[2]), 60.0)
print("ready", flush=True)
for line in sys.stdin:
    key, requests = line.split()
    print(sum(store.change(key.encode(), window, time.monotonic()).admitted for _ in range(int(requests))), flush=True)
"""


@pytest.fixture
def shared(tmp_path: Path):
    with counter_directory(tmp_path) as directory:
        yield directory


class Writer:
    """A process that makes as many changes of a key as it is told."""

    def __init__(self, directory: str, limit: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITER, directory, str(limit)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def ready(self) -> None:
        assert self._process.stdout.readline() == "ready\n"

    def begin(self, key: str, requests: int) -> None:
        self._process.stdin.write(f"{key} {requests}\n")

    def admitted(self) -> int:
        return int(self._process.stdout.readline())

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture
def writers(shared: str):
    started: list[Writer] = []

    def start(count: int, limit: int) -> list[Writer]:
        made = [Writer(shared, limit) for _ in range(count)]
        started.extend(made)
        for writer in made:
            writer.ready()
        return made

    yield start
    for writer in started:
        writer._process.kill()
        writer.end()


@pytest.mark.parametrize("limit", [50, 5000])
def test_g343_ten_times_the_limit_from_four_processes_admits_exactly_the_limit(writers, limit: int) -> None:
    running = writers(WORKERS, limit)
    for number in range(20 if limit == 50 else 2):
        for writer in running:
            writer.begin(f"round{number}", limit * 10 // WORKERS)
        assert sum(writer.admitted() for writer in running) == limit


def test_r12_writers_killed_in_the_middle_leave_counters_that_work_and_no_lock(writers, shared: str) -> None:
    store, window = SharedCounters(Path(shared)), sliding_window(1_000_000_000, 60.0)
    for number in range(8):
        doomed = writers(2, 1_000_000_000)
        for writer in doomed:
            writer.begin("k", 10_000_000)
        time.sleep(0.02 + number * 0.003)
        for writer in doomed:
            writer.kill()
        before = store.change(b"k", window, time.monotonic()).remaining
        began = time.monotonic()
        after = [store.change(b"k", window, time.monotonic()).remaining for _ in range(100)]
        assert after == list(range(before - 1, before - 101, -1))
        assert time.monotonic() - began < 10, "nobody waits for the lock of the dead"
    store.close()


def test_the_directory_is_private_empty_and_gone_at_the_end(tmp_path: Path) -> None:
    with counter_directory(tmp_path, memory=tmp_path) as first:
        (Path(first) / "data.mdb").write_text("counters")
        assert Path(first).stat().st_mode & 0o777 == 0o700
        with counter_directory(tmp_path, memory=tmp_path) as second:
            assert not any(Path(second).iterdir())
            assert any(Path(first).iterdir()), "a living node's is left alone"
    assert not any(tmp_path.iterdir())


def test_what_a_killed_node_left_behind_is_removed_and_a_link_is_not_followed(tmp_path: Path) -> None:
    prefix = f"gateway-counters-{os.geteuid()}-"
    (tmp_path / f"{prefix}left").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / f"{prefix}link").symlink_to(tmp_path / "kept")
    with counter_directory(tmp_path, memory=tmp_path):
        assert not (tmp_path / f"{prefix}left").exists()
        assert (tmp_path / "kept").is_dir()


def test_without_a_file_system_in_memory_the_run_directory_serves(tmp_path: Path) -> None:
    with counter_directory(tmp_path, memory=tmp_path / "none") as path:
        assert Path(path).parent == tmp_path / "run"


def test_where_nothing_can_be_made_there_is_none_and_a_line_says_so(tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("")
    with counter_directory(tmp_path / "file", memory=tmp_path / "none") as path:
        assert path == ""
    assert "each worker alone" in caplog.text
