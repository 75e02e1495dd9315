"""Where the workers of a node share their counters: in memory where the system has a file system for it."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from proxy.state.shared_counters import MAP_BYTES

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there is private, by mkdtemp

logger = logging.getLogger("gateway.node")


@contextmanager
def counter_directory(state_directory: Path, memory: Path = MEMORY) -> Iterator[str]:
    """An empty directory of mode 0700 for the life of a node; empty text when none can be made.

    It is locked (flock) by whoever made it, so what a killed node left behind is known by its open lock and removed
    by the next node. A full or small file system in memory, such as a container's, is passed over for `run/` under
    the state directory.
    """
    with ExitStack() as stack:
        for parent in (memory, state_directory / "run"):
            try:
                path = _make(parent, stack, needs_room=parent == memory)
            except OSError as problem:
                logger.info("no counters in %s: %s", parent, problem)
            else:
                break
        else:
            logger.warning("no shared counters: rate limits hold for each worker alone")
            path = ""
        yield path


def _make(parent: Path, stack: ExitStack, *, needs_room: bool) -> str:
    prefix = f"gateway-counters-{os.geteuid()}-"
    if needs_room:
        found = os.statvfs(parent)
        if found.f_bavail * found.f_frsize < MAP_BYTES:
            raise OSError("too little room")
    else:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.glob(f"{prefix}*"):
        _remove_if_left(left)
    path = tempfile.mkdtemp(prefix=prefix, dir=parent)
    stack.callback(shutil.rmtree, path, ignore_errors=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return path


def _remove_if_left(path: Path) -> None:
    """Removes a directory of our own that no living node holds."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
