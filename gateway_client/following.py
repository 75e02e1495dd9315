"""The lines of a file that grows, is emptied, or gives way to a new one of its name."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

LOOK_AGAIN_SECONDS = 0.2


def last_lines(path: Path, count: int) -> tuple[list[str], int]:
    """The last whole lines, and where to go on reading."""
    lines: deque[bytes] = deque(maxlen=count)
    place = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                lines.append(line)
                place += len(line)
    return [_text(line) for line in lines], place


def followed(path: Path, place: int, goes_on: Callable[[], bool] = lambda: True) -> Iterator[str]:
    """Whole lines as they are written from `place` on, as long as `goes_on` says so."""
    file, rest = path.open("rb"), b""
    file.seek(place)
    try:
        while goes_on():
            is_replaced = _is_replaced(path, file)  # before reading: the old file is read to its end
            if found := file.read():
                *lines, rest = (rest + found).split(b"\n")
                yield from map(_text, lines)
            elif is_replaced:
                file.close()
                file, rest = path.open("rb"), b""
            elif os.fstat(file.fileno()).st_size < file.tell():
                file.seek(0)
                rest = b""
            else:
                time.sleep(LOOK_AGAIN_SECONDS)
    finally:
        file.close()


def _is_replaced(path: Path, file: IO[bytes]) -> bool:
    try:
        return not os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:  # renamed, and its successor not yet there
        return False


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")
