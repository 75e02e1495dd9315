"""`python -m tests.side_by_side "make lint" "make unit"`: commands that run at once and are read one after the other.

The output of each is shown whole, in the order given and as it comes once its turn has come, so what the last one says
ends the page. The exit status is 1 if any failed, and then a last line names them.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

LOOK_AGAIN_SECONDS = 0.1


def side_by_side(commands: Sequence[str], page: IO[bytes]) -> list[str]:
    """The commands that failed. They are told to end if this one is interrupted."""
    running: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}
    with tempfile.TemporaryDirectory() as directory:
        try:
            for place, command in enumerate(commands):
                log = Path(directory) / str(place)
                with log.open("wb") as out:
                    process = subprocess.Popen(shlex.split(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
                running[command] = process, log
            return [command for command, (process, log) in running.items() if show(process, log, page) != 0]
        finally:
            for process, _ in running.values():
                process.terminate()
                process.wait()


def show(process: subprocess.Popen[bytes], log: Path, page: IO[bytes]) -> int:
    """The exit status of a command, once all it wrote is on the page."""
    with log.open("rb") as lines:
        while True:
            status = process.poll()  # before reading: what is written before the end is read after it
            shutil.copyfileobj(lines, page)
            page.flush()
            if status is not None:
                return status
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_AGAIN_SECONDS)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = side_by_side(sys.argv[1:], sys.stdout.buffer)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")
