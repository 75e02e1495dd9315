"""The changes since a document was written whole, one record after another in a file beside it.

    api-gateway-changes 1 <state it begins with>
    <revision> <state> <length of the changes>
    {"revision": …}

A *state* is told by a checksum: that of the document as a whole, and after each record the SHA-256 of the state before
and the changes. So a record that is damaged, or that belongs to another document, is known by its own state. What is
behind it is not read. The file is named by the checksum of its document: one that is left behind harms nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = "api-gateway-changes"
FORMAT_VERSION = 1
MAX_LINE_BYTES = 256


@dataclass(frozen=True, slots=True)
class Record:
    """One step from state to state; `end` is where the next record begins."""

    revision: int
    state: str
    changes: bytes
    end: int


def next_state(state: str, changes: bytes) -> str:
    """What is in force after these changes."""
    return hashlib.sha256(state.encode() + changes).hexdigest()


class Journal:
    """The file of one document. One writer, any number of readers in other processes."""

    def __init__(self, document: Path, sha256: str) -> None:
        """`sha256` is the checksum of the document."""
        self.path = document.with_name(f"{document.name}.{sha256[:16]}.changes")

    @classmethod
    def all_of(cls, document: Path) -> list[Path]:
        """The files that belong, or once belonged, to a document of this name."""
        return list(document.parent.glob(f"{document.name}.*.changes"))

    def begin(self, state: str) -> int:
        """Makes the file for a document that is in this state; where the first record will begin.

        Raises OSError: FileExistsError where there is one already.
        """
        line = f"{MAGIC} {FORMAT_VERSION} {state}\n".encode()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(line)
            os.fsync(descriptor)
        sync_directory(self.path.parent)
        return len(line)

    def ends_at(self, end: int) -> bool:
        """Whether nobody has written beyond; 0 means that there is no file."""
        try:
            return self.path.stat().st_size == end
        except FileNotFoundError:
            return end == 0

    def append(self, end: int, revision: int, state: str, changes: bytes) -> int:
        """Adds a record at `end`, which is where the last one ended; where it ends itself.

        Raises OSError: ENOSPC and its like, after which the file is as it was, or FileExistsError when somebody else
        has written to it.
        """
        record = f"{revision} {state} {len(changes)}\n".encode() + changes + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_size != end:
                raise FileExistsError(f"{self.path} has been written to by another process")
            try:
                _write(descriptor, record, end)
                os.fsync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)
        return end + len(record)

    def begins_with(self) -> tuple[str, int] | None:
        """The state before the first record and where that begins; None where there is no such file."""
        try:
            with self.path.open("rb") as file:
                line = file.readline(MAX_LINE_BYTES)
        except FileNotFoundError:
            return None
        words = line.decode("ascii", "replace").split()
        if not line.endswith(b"\n") or len(words) != 3 or words[:2] != [MAGIC, str(FORMAT_VERSION)]:
            return None
        return words[2], len(line)

    def records(self, start: int, state: str) -> Iterator[Record]:
        """Those from `start` on, where `state` was in force, up to the first that is incomplete or damaged."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(start)
            while (record := _read(file, start, state)) is not None:
                yield record
                start, state = record.end, record.state


def sync_directory(path: Path) -> None:
    """Makes names in a directory outlive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes, at: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, at)
        view, at = view[written:], at + written


def _read(file: BinaryIO, start: int, state: str) -> Record | None:
    """The record at `start`, where the file stands; None where there is none to be believed."""
    line = file.readline(MAX_LINE_BYTES)
    try:
        revision, after, length = line.decode("ascii").split()
        changes = file.read(int(length) + 1)
        record = Record(int(revision), after, changes[:-1], start + len(line) + len(changes))
    except ValueError:
        return None
    is_whole = len(changes) == int(length) + 1 and changes.endswith(b"\n")
    return record if is_whole and next_state(state, record.changes) == after else None
