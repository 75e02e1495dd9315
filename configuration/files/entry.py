"""One object of a configuration as plain values, be it from a file or from the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from configuration.files.problem import Place


class Secret(str):
    """A text that is compared and stored, and never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, slots=True)
class Entry:
    """An object in its one canonical form: fields by the names of the API, defaults left out.

    `identities` are what it is recognised by, the most telling first; the last one is its own among those of its kind.
    """

    kind: str
    name: str
    identities: tuple[str, ...]
    data: Mapping[str, Any]
    parent: str = ""
    """The name of the object it stands in."""
    place: Place = field(default_factory=Place, compare=False)
    stays: bool = field(default=False, compare=False)
    """It is not for files to delete."""
    kept: frozenset[str] = field(default=frozenset(), compare=False)
    """Fields that a file leaves as they are by not naming them."""

    @property
    def identity(self) -> str:
        """What no other object of this kind has."""
        return self.identities[-1]


def same(one: Any, other: Any) -> bool:
    """Whether two values are written the same: unlike Python, JSON tells `1` from `true`."""
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
