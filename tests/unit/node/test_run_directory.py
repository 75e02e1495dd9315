from __future__ import annotations

import errno
import socket
from contextlib import closing
from pathlib import Path

import pytest

from proxy.node import run_directory
from proxy.node.run_directory import MAX_SOCKET_PATH_BYTES, NodeRunning, RunDirectory, running_supervisor


def test_the_control_socket_is_its_owners_alone(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as directory:
        path, sock = directory.listen()
        with closing(sock):
            assert path == tmp_path / "run" / "control.sock"
            assert path.parent.stat().st_mode & 0o777 == 0o700
            assert path.stat().st_mode & 0o777 == 0o600
            with closing(socket.socket(socket.AF_UNIX)) as client:
                client.connect(str(path))


def test_a_path_too_long_for_a_socket_gives_way_to_a_temporary_one_that_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * MAX_SOCKET_PATH_BYTES)
    with RunDirectory(deep) as directory:
        path, sock = directory.listen()
        sock.close()
        assert len(str(path)) <= MAX_SOCKET_PATH_BYTES
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.parent.exists()


def test_a_second_node_on_the_same_state_directory_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_directory, "LOCK_PATIENCE_SECONDS", 0.0)
    with RunDirectory(tmp_path), pytest.raises(NodeRunning, match="GATEWAY_STATE_DIR"), RunDirectory(tmp_path):
        pass
    with RunDirectory(tmp_path):
        pass  # the lock went with its owner


def test_r14_a_state_directory_that_cannot_be_written_does_not_keep_a_node_down(tmp_path: Path) -> None:
    in_the_way = tmp_path / "state"
    in_the_way.write_text("a file where the directory should be")
    with RunDirectory(in_the_way) as directory:
        path, sock = directory.listen()
        sock.close()
        assert path.exists()


def test_r14_a_disk_that_is_full_does_not_keep_a_node_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(run_directory.os, "write", full)
        with RunDirectory(tmp_path):
            assert running_supervisor(tmp_path) is None
            monkeypatch.setattr(run_directory, "LOCK_PATIENCE_SECONDS", 0.0)
            with pytest.raises(NodeRunning), RunDirectory(tmp_path):
                pass
