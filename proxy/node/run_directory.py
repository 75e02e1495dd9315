"""Where a node keeps its lock and the control process's Unix socket."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType

MAX_SOCKET_PATH_BYTES = 107
"""Linux: 108 bytes of `sun_path` less the closing NUL."""
CONTROL_BACKLOG = 512
LOCK_PATIENCE_SECONDS = 1.5

logger = logging.getLogger("gateway.node")


class NodeRunning(Exception):
    """Another node already uses this state directory."""


def running_supervisor(state_directory: Path) -> int | None:
    """Process id of the supervisor that holds this state directory; None when no node runs there."""
    try:
        with (state_directory / "run" / "lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read())
    except (OSError, ValueError):
        pass
    return None


class RunDirectory:
    """`run/` under the state directory, mode 0700, locked for the life of one supervisor.

    The lock is the kernel's (flock), so a supervisor that was killed leaves nothing to clean. When the directory
    cannot be made (read-only or full disk) or its path is too long for a socket, the socket goes to a temporary
    directory that is removed at the end.
    """

    def __init__(self, state_directory: Path) -> None:
        self._state_directory = state_directory
        self._lock: int | None = None
        self._temporary: Path | None = None

    def __enter__(self) -> RunDirectory:
        self._lock = self._take_lock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)

    def listen(self) -> tuple[Path, socket.socket]:
        """The control socket, listening. The supervisor holds it, so requests wait while control is replaced."""
        try:
            path = self._directory() / "control.sock"
            if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
                raise OSError(f"{path} is too long for a socket")
            return path, _listen(path)
        except OSError as problem:
            self._temporary = Path(tempfile.mkdtemp(prefix="gateway-"))
            logger.info("%s; the control socket is in %s", problem, self._temporary)
            path = self._temporary / "control.sock"
            return path, _listen(path)

    def _directory(self) -> Path:
        directory = self._state_directory / "run"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        return directory

    def _take_lock(self) -> int | None:
        try:
            descriptor = os.open(self._directory() / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            logger.warning("no lock on the state directory: %s", problem)
            return None
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _sign(descriptor)
                return descriptor
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise NodeRunning(
                        f"another gateway runs with the state directory {self._state_directory}: "
                        "stop it or set GATEWAY_STATE_DIR to another directory"
                    ) from None
                time.sleep(0.05)


def _sign(lock: int) -> None:
    """Writes who holds it. On a full disk nobody is told, and the node starts all the same."""
    try:
        os.truncate(lock, 0)
        os.write(lock, b"%d\n" % os.getpid())
    except OSError as problem:
        logger.warning("the words `reload` and `restart` will not find this node: %s", problem)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(os.fspath(path))
        path.chmod(0o600)
        sock.listen(CONTROL_BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock
