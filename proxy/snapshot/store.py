"""The configuration on disk: what a worker starts from when the database is gone (G-505).

One file: a header line, then the document of `configuration.encode`.

    api-gateway-snapshot 1 <revision> <sha256 of the document> <length of the document>
    {"revision": …}

A new file is written beside the old one, synced and renamed over it, so a reader sees the old document or the
new one, never a half; a full or read-only disk leaves the old one whole. The file before is kept as `.previous`
and is read when the current one does not hold what its header says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from proxy.snapshot.configuration import Configuration, decode, encode

MAGIC = "api-gateway-snapshot"
FORMAT_VERSION = 1
MAX_HEADER_BYTES = 256


class SnapshotCorrupt(Exception):
    """Neither the file nor the one before it holds what its header says."""


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """The first line of a snapshot file; `sha256` tells two documents of one revision apart."""

    revision: int
    sha256: str
    length: int
    """Bytes of the document after the line."""

    def line(self) -> bytes:
        """The header as it is written."""
        return f"{MAGIC} {FORMAT_VERSION} {self.revision} {self.sha256} {self.length}\n".encode()


class SnapshotFile:
    """One snapshot file. Safe for one writer and any number of readers in other processes."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.previous_path = self.path.with_name(self.path.name + ".previous")
        self._written: os.stat_result | None = None

    def write(self, configuration: Configuration) -> SnapshotHeader:
        """Replace the file and return its new header; a file that already holds this document is left alone.

        Raises OSError (disk full, read-only, no such directory); the old file is then whole.
        """
        document = encode(configuration)
        header = SnapshotHeader(configuration.revision, hashlib.sha256(document).hexdigest(), len(document))
        current_is_good = self._current_is_good()
        if current_is_good and self.header() == header:
            return header
        with self._temporary() as temporary:
            _write_synced(temporary, header.line() + document)
            if current_is_good:
                self._keep_previous()
            temporary.replace(self.path)
        _sync_directory(self.path.parent)
        self._written = self.path.stat()
        return header

    def read(self) -> Configuration:
        """The configuration of the file, or of the one before when the file is damaged.

        Raises FileNotFoundError when there never was one, SnapshotCorrupt when neither can be believed.
        """
        return self.read_with_header()[1]

    def read_with_header(self) -> tuple[SnapshotHeader, Configuration]:
        """`read`, with the header that tells which document it was."""
        try:
            return _read(self.path)
        except (SnapshotCorrupt, FileNotFoundError) as problem:
            try:
                return _read(self.previous_path)
            except (SnapshotCorrupt, FileNotFoundError):
                raise problem from None

    def exists(self) -> bool:
        """Whether there is a file to try, damaged or not."""
        return self.path.exists() or self.previous_path.exists()

    def header(self) -> SnapshotHeader:
        """The header line alone, without checking the document behind it.

        Raises FileNotFoundError or SnapshotCorrupt.
        """
        with self.path.open("rb") as file:
            return _parse_header(file.readline(MAX_HEADER_BYTES))

    def revision(self) -> int:
        """The revision of the current file by its header alone; raises as `header`."""
        return self.header().revision

    def _current_is_good(self) -> bool:
        """Whether the current file deserves to become the previous one; a damaged one must not push out a good one."""
        try:
            status = self.path.stat()
            if self._written is not None and _same_file(status, self._written):
                return True
            _read(self.path)
        except (SnapshotCorrupt, OSError):
            return False
        self._written = status
        return True

    def _keep_previous(self) -> None:
        link = self.path.with_name(f"{self.path.name}.link-{os.getpid()}")
        link.unlink(missing_ok=True)
        try:
            os.link(self.path, link)
            link.replace(self.previous_path)
        finally:
            link.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[Path]:
        path = self.path.with_name(f"{self.path.name}.new-{os.getpid()}")
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def _same_file(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_ino, one.st_size, one.st_mtime_ns) == (other.st_ino, other.st_size, other.st_mtime_ns)


def _read(path: Path) -> tuple[SnapshotHeader, Configuration]:
    line, _, document = path.read_bytes().partition(b"\n")
    header = _parse_header(line + b"\n")
    if len(document) != header.length:
        raise SnapshotCorrupt(f"{path}: {len(document)} bytes where the header says {header.length}")
    if hashlib.sha256(document).hexdigest() != header.sha256:
        raise SnapshotCorrupt(f"{path}: the checksum does not match")
    try:
        configuration = decode(document)
    except msgspec.MsgspecError as error:
        raise SnapshotCorrupt(f"{path}: {error}") from error
    if configuration.revision != header.revision:
        raise SnapshotCorrupt(f"{path}: revision {configuration.revision} under a header of {header.revision}")
    return header, configuration


def _parse_header(line: bytes) -> SnapshotHeader:
    """Raises SnapshotCorrupt for anything but the one spelling `SnapshotHeader.line` has."""
    try:
        magic, version, revision, sha256, length = line.decode("ascii").rstrip("\n").split(" ")
        header = SnapshotHeader(int(revision), sha256, int(length))
    except ValueError as error:
        raise SnapshotCorrupt("the header line is damaged") from error
    if magic == MAGIC and version != str(FORMAT_VERSION):
        raise SnapshotCorrupt(f"format version {version} is not the version {FORMAT_VERSION} this program reads")
    if header.line() != line:
        raise SnapshotCorrupt("the header line is damaged")
    return header


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        os.fsync(descriptor)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
