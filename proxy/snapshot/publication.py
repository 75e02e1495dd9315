"""Who writes the configuration to disk: whole where it is small, the changes alone where it is large.

A large document takes a second to write and as long to read, whatever has changed of it. So a change goes into the
journal of the document (`journal.py`); once there are many, the document is written whole again, after the change is
published and in the same state, so that nobody who follows has to read it.
"""

from __future__ import annotations

from pathlib import Path

from proxy.snapshot.changes import changed, changes_between, decode_changes, encode_changes
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.journal import Journal, next_state
from proxy.snapshot.store import SnapshotCorrupt, SnapshotFile, SnapshotHeader, SnapshotState

SMALL_BYTES = 256 * 1024
"""A document of less is written whole each time: that takes a millisecond."""
MOST_RECORDS = 1000
LARGEST_SHARE = 0.25
"""Of the document's length, of all changes or of one."""


class Publication:
    """The one writer of a snapshot file."""

    def __init__(self, path: Path | str, small_bytes: int = SMALL_BYTES, most_records: int = MOST_RECORDS) -> None:
        self._file = SnapshotFile(path)
        self._small_bytes = small_bytes
        self._most_records = most_records
        self._held: SnapshotState | None = None
        """What is on disk."""
        self._records = 0

    def publish(self, configuration: Configuration) -> SnapshotHeader:
        """Put it on disk, if it is not there already. Raises OSError; what was there is then whole."""
        held = self._held if self._is_as_left() else self._found()
        self._held = None  # unless this ends well
        if held is not None and held.configuration == configuration:
            self._held = SnapshotState(held.header, configuration, held.document, held.end)
        else:
            try:
                self._held = self._continued(held, configuration) or self._whole(configuration)
            except OSError:
                self._held = held
                raise
        return self._held.header

    def tidy(self) -> None:
        """Write the document whole if its journal has grown. Raises OSError, which nobody has to mind."""
        held = self._held
        if held is None or not self._records:
            return
        if self._records >= self._most_records or held.end > LARGEST_SHARE * held.header.length:
            self._held, self._records = None, 0
            self._held = self._file.write(held.configuration, continues=held.header.sha256)

    def _is_as_left(self) -> bool:
        held = self._held
        if held is None or not self._file.is_as_left():
            return False
        return Journal(self._file.path, held.document).ends_at(held.end)

    def _found(self) -> SnapshotState | None:
        """What somebody has left."""
        try:
            return self._file.read_state()
        except (SnapshotCorrupt, OSError):
            return None

    def _whole(self, configuration: Configuration) -> SnapshotState:
        self._records = 0
        return self._file.write(configuration)

    def _continued(self, held: SnapshotState | None, configuration: Configuration) -> SnapshotState | None:
        """What is on disk after the changes; None where they cannot, or need not, be told alone."""
        if held is None or held.header.length < self._small_bytes or not self._file.is_as_left():
            return None
        changes = encode_changes(changes_between(held.configuration, configuration))
        if len(changes) > LARGEST_SHARE * held.header.length:
            return None
        if changed(held.configuration, decode_changes(changes)) != configuration:
            return None  # it would not be what whoever reads it all gets
        journal, state = Journal(self._file.path, held.document), next_state(held.header.sha256, changes)
        try:
            end = journal.append(held.end or journal.begin(held.header.sha256), configuration.revision, state, changes)
        except (FileExistsError, FileNotFoundError):
            return None  # somebody else writes
        self._records += 1
        header = SnapshotHeader(configuration.revision, state, held.header.length)
        return SnapshotState(header, configuration, held.document, end)
