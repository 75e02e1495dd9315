"""What is told of a write that was refused where it is one of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway_project.rest.exception_handler import answer_to
from revisions.change import change

T = TypeVar("T")


class Refused(Exception):
    """One write of several was refused; `code`, `message` and `details` are those REST would answer it with."""

    def __init__(self, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong by fields, or whatever else the refusal tells: `conflicts_with`, `used_by`."""
        found: dict[str, Any] = self.details.get("errors", self.details)
        return found


def attempt(write: Callable[[], T]) -> T | Refused:
    """What `write` returns, or why it was refused; then nothing of it is kept. Raises as `judged`."""

    def within() -> T:
        with change():
            return write()

    return judged(within)


def judged(check: Callable[[], T]) -> T | Refused:
    """As `attempt`, for what writes nothing.

    Raises what is not the caller's fault: a database that is away, a mistake of our own.
    """
    try:
        return check()
    except Exception as error:
        reply = answer_to(error)
        if reply is None or reply.status_code >= 500:
            raise
        return Refused(reply.data["code"], reply.data["msg"], reply.data["content"])
