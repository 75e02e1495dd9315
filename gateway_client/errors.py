"""What can go wrong, and the exit status that says so to a script.

| Status | Meaning |
|---|---|
| 0 | done |
| 1 | the gateway refused, or is not well |
| 2 | `diff`: the gateway is not as the file says |
| 3 | nothing answered, or what answered is not a gateway |
| 64 | the command line, the configuration file or the given document is wrong; nothing was changed |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DONE, REFUSED, DIFFERS, UNREACHABLE, MISUSED = 0, 1, 2, 3, 64


class ClientError(Exception):
    """Told to the user in its own words; `exit_status` ends the program."""

    exit_status = REFUSED


class Misused(ClientError):
    """Something is wrong on this side."""

    exit_status = MISUSED


class Unreachable(ClientError):
    """No gateway answered."""

    exit_status = UNREACHABLE


class Refused(ClientError):
    """A failure in the gateway's envelope."""

    def __init__(self, status: int, code: str, message: str, content: Mapping[str, Any], request_id: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        """Of HTTP."""
        self.code = code
        self.message = message
        self.content = content
        self.request_id = request_id

    def details(self) -> list[str]:
        """A line for each field that is wrong, then whatever else the gateway told, then how to find it in its log."""
        errors = self.content.get("errors")
        lines = list(_flat("", errors)) if isinstance(errors, Mapping) else []
        rest = {
            name: value for name, value in self.content.items() if name != "errors" or not isinstance(value, Mapping)
        }
        lines += _flat("", rest)
        return [*lines, f"request id: {self.request_id}"] if self.request_id else lines


def _flat(path: str, value: Any) -> list[str]:
    """`a.0.b: text` for every leaf; a list of plain values stays on one line."""
    if isinstance(value, Mapping):
        return [line for name, one in value.items() for line in _flat(f"{path}.{name}" if path else str(name), one)]
    if isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        return [line for place, one in enumerate(value) for line in _flat(f"{path}.{place}", one)]
    shown = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"{path}: {shown}"]
