"""What is wrong with a document: where, with which object, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_TOLD = 100
"""Problems that are told at once; a file with more is told the rest when these are mended."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the line of the file, where the format tells lines, and the object it belongs to."""

    section: str = ""
    name: str = ""
    line: int | None = None

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        return line + " ".join(filter(None, [self.section, f"“{self.name}”" if self.name else ""]))


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `field` is empty when the whole object is meant."""

    place: Place
    field: str
    message: str

    def __str__(self) -> str:
        return ": ".join(filter(None, [str(self.place).removesuffix(": "), self.field, self.message]))


class DocumentError(Exception):
    """A document that cannot be used, with every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = tuple(problems)[:MOST_TOLD]
        super().__init__("\n".join(map(str, self.problems)))

    def by_field(self) -> dict[str, list[str]]:
        """The messages by place, as a reply of the API names them: `routes.users.timeout_seconds`."""
        told: dict[str, list[str]] = {}
        for problem in self.problems:
            place = [problem.place.section, problem.place.name, problem.field]
            key = ".".join(filter(None, place)) or "non_field_errors"
            line = f" (line {problem.place.line})" if problem.place.line else ""
            told.setdefault(key, []).append(f"{problem.message}{line}")
        return told


def whole(message: str, line: int | None = None) -> DocumentError:
    """The document itself is wrong, not one of its objects."""
    return DocumentError([Problem(Place(line=line), "", message)])


def problems_of(place: Place, errors: Mapping[str, Iterable[Any]]) -> Iterator[Problem]:
    """The errors of one object by field, as problems."""
    for field, messages in errors.items():
        shown = "" if field == "non_field_errors" else field
        yield from (Problem(place, shown, str(message)) for message in messages)
