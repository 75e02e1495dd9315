"""Objects and arrays that remember the line their values stand on. Equal to plain ones, and sent as plain ones."""

from __future__ import annotations

from typing import Any


class LocatedObject(dict[str, Any]):
    """An object of a file; `lines` has the line of each key."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class LocatedArray(list[Any]):
    """An array of a file; `lines` has the line of each value."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def line_of(holder: Any, key: str | int) -> int | None:
    """The line a value stands on; None where the format tells none."""
    if isinstance(holder, LocatedObject) and isinstance(key, str):
        return holder.lines.get(key)
    if isinstance(holder, LocatedArray) and isinstance(key, int) and key < len(holder.lines):
        return holder.lines[key]
    return None


NAMES = ("name", "instance_id", "prefix", "username", "permission_code", "permission", "path_pattern")
"""Fields by which people recognise an object, the most telling first."""


def called(data: Any, number: int) -> str:
    """A name for the object at this position of an array, however much is wrong with it."""
    known = [data[name] for name in NAMES if isinstance(data.get(name), str)] if isinstance(data, dict) else []
    return known[0] if known else f"#{number + 1}"
