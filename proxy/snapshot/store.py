"""The configuration on disk: what a worker starts from when the database is gone (G-505).

One file: a header line, then the document of `configuration.encode`. What has changed since stands in a journal beside
it (`journal.py`), which `publication.py` writes where the document is large.

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from proxy.snapshot.changes import PARTS, changed, decode_changes
from proxy.snapshot.configuration import Configuration, decode, decode_services, encode
from proxy.snapshot.journal import Journal, sync_directory

MAGIC = "api-gateway-snapshot"
FORMAT_VERSION = 1
MAX_HEADER_BYTES = 256


class SnapshotCorrupt(Exception):
    """Neither the file nor the one before it holds what its header says."""


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """The first line of a snapshot file; `sha256` tells two documents of one revision apart.

    That of a state tells apart what is in force after the changes of the journal too.
    """

    revision: int
    sha256: str
    length: int
    """Bytes of the document after the line."""

    def line(self) -> bytes:
        """The header as it is written."""
        return f"{MAGIC} {FORMAT_VERSION} {self.revision} {self.sha256} {self.length}\n".encode()


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """A document with so many of its changes."""

    header: SnapshotHeader
    configuration: Configuration
    document: str
    """Checksum of the document alone, which its journal is named by."""
    end: int = 0
    """How far the journal has been read, in bytes; 0 where there was none."""


class SnapshotFile:
    """One snapshot file. Safe for one writer and any number of readers in other processes."""

    def __init__(self, path: Path | str, *, services_only: bool = False) -> None:
        """With `services_only` all that is read is the services and the revision."""
        self.path = Path(path)
        self._decode, self._names = (decode_services, ("services",)) if services_only else (decode, PARTS)
        self.previous_path = self.path.with_name(self.path.name + ".previous")
        self._written: os.stat_result | None = None

    def write(self, configuration: Configuration, continues: str = "") -> SnapshotState:
        """Replace the file, whose journal is then empty; one that already holds this document is left alone.

        `continues`: the state that the document is the whole of, where it is written only to be read faster.
        Raises OSError (disk full, read-only, no such directory); the old file is then whole.
        """
        document = encode(configuration)
        header = SnapshotHeader(configuration.revision, hashlib.sha256(document).hexdigest(), len(document))
        journal = Journal(self.path, header.sha256)
        current_is_good = self._current_is_good()
        journal.path.unlink(missing_ok=True)
        end = journal.begin(continues) if continues else 0
        state = SnapshotState(replace(header, sha256=continues or header.sha256), configuration, header.sha256, end)
        if current_is_good and self.header() == header:
            return state
        with self._temporary() as temporary:
            _write_synced(temporary, header.line() + document)
            if current_is_good:
                self._keep_previous()
            temporary.replace(self.path)
        sync_directory(self.path.parent)
        self._written = self.path.stat()
        self._clear_away()
        return state

    def read(self) -> Configuration:
        """The configuration of the file and its journal, or of the one before when the file is damaged.

        Raises FileNotFoundError when there never was one, SnapshotCorrupt when neither can be believed.
        """
        return self.read_state().configuration

    def read_state(self) -> SnapshotState:
        """`read`, with what tells which state it was."""
        try:
            status = self.path.stat()
            found = self._read(self.path)
            self._written = status
            return found
        except (SnapshotCorrupt, FileNotFoundError) as problem:
            try:
                return self._read(self.previous_path)
            except (SnapshotCorrupt, FileNotFoundError):
                raise problem from None

    def follow(self, state: SnapshotState, sha256: str) -> SnapshotState | None:
        """The newest state, come to from `state` by the journal alone; None where that does not pass by `sha256`.

        The journal may have gone on beside a document that was written whole meanwhile.
        """
        passed, state = self._followed(state)
        if sha256 in passed:
            return state
        try:
            header = self.header()
        except (SnapshotCorrupt, OSError):
            return None
        begins = Journal(self.path, header.sha256).begins_with()
        if begins is None or begins[0] != state.header.sha256:
            return None
        length = replace(state.header, length=header.length)
        passed, state = self._followed(replace(state, header=length, document=header.sha256, end=begins[1]))
        return state if sha256 in passed else None

    def exists(self) -> bool:
        """Whether there is a file to try, damaged or not."""
        return self.path.exists() or self.previous_path.exists()

    def header(self) -> SnapshotHeader:
        """The header line alone, without checking the document behind it.

        Raises FileNotFoundError or SnapshotCorrupt.
        """
        return _header_of(self.path)

    def revision(self) -> int:
        """The revision of the current file by its header alone; raises as `header`."""
        return self.header().revision

    def is_as_left(self) -> bool:
        """Whether the file is the one that was last written, or read, here."""
        try:
            return self._written is not None and _same_file(self.path.stat(), self._written)
        except OSError:
            return False

    def _read(self, path: Path) -> SnapshotState:
        header, configuration = _read(path, self._decode)
        state = SnapshotState(header, configuration, header.sha256)
        begins = Journal(self.path, header.sha256).begins_with()
        if begins is None:
            return state
        return self._followed(replace(state, header=replace(header, sha256=begins[0]), end=begins[1]))[1]

    def _followed(self, state: SnapshotState) -> tuple[set[str], SnapshotState]:
        """The states that were passed, `state` among them, and the last of them."""
        passed = {state.header.sha256}
        journal = Journal(self.path, state.document)
        if not state.end:
            begins = journal.begins_with()
            if begins is None or begins[0] != state.header.sha256:
                return passed, state
            state = replace(state, end=begins[1])
        for record in journal.records(state.end, state.header.sha256):
            try:
                changes = decode_changes(record.changes)
                configuration = changed(state.configuration, changes, self._names)
            except (msgspec.MsgspecError, ValueError):
                break  # made by another program
            header = SnapshotHeader(configuration.revision, record.state, state.header.length)
            state = SnapshotState(header, configuration, state.document, record.end)
            passed.add(record.state)
        return passed, state

    def _current_is_good(self) -> bool:
        """Whether the current file deserves to become the previous one; a damaged one must not push out a good one."""
        if self.is_as_left():
            return True
        try:
            status = self.path.stat()
            _read(self.path, self._decode)
        except (SnapshotCorrupt, OSError):
            return False
        self._written = status
        return True

    def _clear_away(self) -> None:
        """Journals of documents that are neither in the file nor in the one before."""
        kept = set()
        for path in (self.path, self.previous_path):
            with contextlib.suppress(SnapshotCorrupt, OSError):
                kept.add(Journal(self.path, _header_of(path).sha256).path)
        for path in Journal.all_of(self.path):
            if path not in kept:
                path.unlink(missing_ok=True)

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


def _header_of(path: Path) -> SnapshotHeader:
    with path.open("rb") as file:
        return _parse_header(file.readline(MAX_HEADER_BYTES))


def _read(path: Path, decoded: Callable[[bytes], Configuration]) -> tuple[SnapshotHeader, Configuration]:
    with path.open("rb") as file:
        header = _parse_header(file.readline(MAX_HEADER_BYTES))
        document = file.read()
    if len(document) != header.length:
        raise SnapshotCorrupt(f"{path}: {len(document)} bytes where the header says {header.length}")
    if hashlib.sha256(document).hexdigest() != header.sha256:
        raise SnapshotCorrupt(f"{path}: the checksum does not match")
    try:
        configuration = decoded(document)
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
