from __future__ import annotations

import random
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.snapshot.configuration import Configuration
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile
from routing.spec import RouteSpec


def configuration(revision: int, routes: int = 1) -> Configuration:
    specs = tuple(
        RouteSpec(
            id=f"r{number}",
            service_id="s",
            service_name="users",
            path_pattern=f"/api/{number}",
            target_url="/",
            path_kind="exact",
        )
        for number in range(routes)
    )
    return Configuration(revision=revision, routes=specs)


@pytest.fixture
def file(tmp_path: Path) -> SnapshotFile:
    return SnapshotFile(tmp_path / "configuration.snapshot")


def test_what_is_written_is_read(file: SnapshotFile) -> None:
    file.write(configuration(7))
    assert file.read() == configuration(7)
    assert file.revision() == 7
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_never_was_is_not_called_corrupt(file: SnapshotFile) -> None:
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.read()


def test_the_file_before_is_kept(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    assert SnapshotFile(file.previous_path).read().revision == 1


def test_the_same_document_is_not_written_again(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    before = file.path.stat().st_ino
    SnapshotFile(file.path).write(configuration(2))
    assert file.path.stat().st_ino == before
    assert SnapshotFile(file.previous_path).read().revision == 1


def test_r13_every_one_of_100_bit_flips_is_detected_and_the_file_before_used(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2, routes=20))
    good = file.path.read_bytes()
    dice = random.Random(13)
    positions = [dice.randrange(len(good) * 8) for _ in range(60)] + list(range(0, 400, 10))
    for position in positions:
        damaged = bytearray(good)
        damaged[position // 8] ^= 1 << position % 8
        file.path.write_bytes(damaged)
        assert file.read().revision == 1, f"bit {position}"


@pytest.mark.parametrize("keep", [0, 1, 30, 100, -1])
def test_r13_a_truncated_file_is_detected(file: SnapshotFile, keep: int) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    file.path.write_bytes(file.path.read_bytes()[:keep])
    assert file.read().revision == 1


def test_two_damaged_files_are_called_corrupt(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    file.path.write_bytes(b"nonsense")
    file.previous_path.write_bytes(b"")
    with pytest.raises(SnapshotCorrupt):
        file.read()


def test_a_missing_current_file_leaves_the_one_before(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    file.path.unlink()
    assert file.read().revision == 1


def test_a_damaged_file_does_not_push_out_the_good_one_before(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.write(configuration(2))
    file.path.write_bytes(b"nonsense")
    SnapshotFile(file.path).write(configuration(3))
    assert file.read().revision == 3
    assert SnapshotFile(file.previous_path).read().revision == 1


def test_a_file_of_a_later_format_says_so(file: SnapshotFile) -> None:
    file.write(configuration(1))
    file.path.write_bytes(file.path.read_bytes().replace(b"snapshot 1 ", b"snapshot 2 ", 1))
    with pytest.raises(SnapshotCorrupt, match="format version 2"):
        file.read()


def test_r14_a_write_that_the_disk_refuses_leaves_the_old_file_whole(file: SnapshotFile) -> None:
    file.write(configuration(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        for _ in range(100):
            with pytest.raises(OSError, match="File too large"):
                file.write(configuration(2, routes=100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read().revision == 1
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "disk"
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a file system can only be mounted by root")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def test_r14_a_full_disk_leaves_the_old_file_whole(small_disk: Path) -> None:
    file = SnapshotFile(small_disk / "configuration.snapshot")
    file.write(configuration(1))
    for _ in range(100):
        with pytest.raises(OSError, match="No space left"):
            file.write(configuration(2, routes=300))
    assert file.read().revision == 1
    file.write(configuration(3))
    assert file.read().revision == 3


def test_r14_a_read_only_disk_leaves_the_old_file_readable(small_disk: Path) -> None:
    file = SnapshotFile(small_disk / "configuration.snapshot")
    file.write(configuration(1))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OSError, match="Read-only"):
        file.write(configuration(2))
    assert file.read().revision == 1
