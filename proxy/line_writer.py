"""Whole lines to a file, a pipe or a terminal that other processes may write to as well."""

from __future__ import annotations

import os
import select
import stat
from collections import deque

STDOUT = 1
PIECE_BYTES = 256 * 1024
"""Most bytes one `write` gets when the target is a regular file opened for appending, where any size is whole."""
_STUCK_MILLISECONDS = 200


class LineWriter:
    """Writes lines in pieces that end with a line, at most PIPE_BUF bytes for anything but a regular file.

    That is what POSIX promises not to mix with other writers (write(2), pipe(7)); a longer line goes alone. Used
    by one thread. Lines that fail (disk full, reader gone) are counted in `failed` and not tried again.
    """

    def __init__(self, target: str) -> None:
        self.taken_bytes = 0
        self.failed = 0
        self.reopen_wanted = False
        self._torn = False
        """Whether the last line broke off (disk full): the next one starts on a line of its own."""
        self._target = target
        self._fd, self._limit = self._open()

    def _open(self) -> tuple[int, int]:
        fd = os.dup(STDOUT) if self._target == "-" else _open_file(self._target)
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        return fd, PIECE_BYTES if regular else select.PIPE_BUF

    def write_all(self, lines: deque[bytes], *, counted: bool = True) -> None:
        """Takes lines from the left until there are none."""
        if self.reopen_wanted:
            self.reopen_wanted = False
            self._reopen()
        while lines:
            piece = [lines.popleft()]
            size = len(piece[0])
            while lines and size + len(lines[0]) <= self._limit:
                size += len(lines[0])
                piece.append(lines.popleft())
            try:
                self._write(b"".join(piece))
            except OSError:
                self.failed += len(piece)
            if counted:
                self.taken_bytes += size

    def close(self) -> None:
        """Gives the descriptor back."""
        os.close(self._fd)

    def _write(self, data: bytes) -> None:
        view = memoryview(b"\n" + data if self._torn else data)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:  # someone who shares this terminal or pipe made it non-blocking
                _wait_until_writable(self._fd)
                continue
            self._torn = bool(view)

    def _reopen(self) -> None:
        try:
            fd, limit = self._open()
        except OSError:
            return  # the directory is gone for the moment: the old file is better than none
        os.close(self._fd)
        self._fd, self._limit = fd, limit


def _wait_until_writable(fd: int) -> None:
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    poller.poll(_STUCK_MILLISECONDS)


def _open_file(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):  # noqa: PTH116  (a descriptor's world)
            # Opened for both, a FIFO without a reader neither blocks the start nor ends the process (fifo(7), Linux).
            flags = os.O_RDWR | os.O_CLOEXEC
    except FileNotFoundError:
        pass
    return os.open(path, flags, 0o640)
