"""`${NAME}` and `${NAME:-default}` in the texts of a file, from the environment of whoever imports it.

`$${` is a literal `${`. A name is letters, digits and `_`. What is put in is text and is not read again; where the
field takes a number or a boolean, it is read as one. Keys are left as they are.

A secret whose variable is not set is left `Unset`: the row it belongs to may have one already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from configuration.files.located import LocatedArray, LocatedObject, called, line_of
from configuration.files.problem import DocumentError, Place, Problem

SECRETS = frozenset({("issuers", "secret"), ("consumers", "keys", "key"), ("consumers", "basic", "password")})
"""The places of secrets, positions in arrays left out."""

_MARK = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|\$\{")


class Substituted(str):
    """A text that came, in part at least, from the environment."""

    __slots__ = ()


class Unset(str):
    """A secret that is asked for by the name of a variable that is not set."""

    __slots__ = ()


def escaped(text: str) -> str:
    """The text as a file has to write it to mean itself."""
    return text.replace("${", "$${")


MayBeKept = Callable[[Mapping[str, Any], tuple[str | int, ...]], bool]


def substituted(
    document: Mapping[str, Any],
    environment: Mapping[str, str],
    may_be_kept: MayBeKept = lambda document, path: False,
) -> dict[str, Any]:
    """The document with every reference replaced. Raises `DocumentError` naming each missing variable and its place.

    `may_be_kept` tells further places of secrets.
    """
    walk = _Walk(document, environment, may_be_kept)
    found: dict[str, Any] = walk.value(document, ())
    if walk.problems:
        raise DocumentError(walk.problems)
    return found


class _Walk:
    def __init__(self, document: Mapping[str, Any], environment: Mapping[str, str], may_be_kept: MayBeKept) -> None:
        self.document = document
        self.may_be_kept = partial(may_be_kept, document)
        self.environment = environment
        self.problems: list[Problem] = []

    def value(self, value: Any, path: tuple[str | int, ...], line: int | None = None) -> Any:
        """The same value with its texts replaced; the same object when nothing in it was."""
        if isinstance(value, str):
            return self.text(value, path, line) if "${" in value else value
        if isinstance(value, dict):
            return self.members(value, value.items(), path)
        return self.members(value, enumerate(value), path) if isinstance(value, list) else value

    def members(self, holder: Any, pairs: Any, path: tuple[str | int, ...]) -> Any:
        """An object or array, copied only if it has to be."""
        changed = {}
        for key, inner in pairs:
            found = self.value(inner, (*path, key), line_of(holder, key))
            if found is not inner:
                changed[key] = found
        if not changed:
            return holder
        copy = _copied(holder)
        for key, found in changed.items():
            copy[key] = found
        return copy

    def text(self, text: str, path: tuple[str | int, ...], line: int | None) -> str:
        """One text."""
        missing = list(self._missing(text))
        if missing and (tuple(step for step in path if isinstance(step, str)) in SECRETS or self.may_be_kept(path)):
            return Unset(missing[0])
        told = [
            _("The environment has no variable %(name)s. Set it, or write ${%(name)s:-default}.") % {"name": name}
            for name in missing
        ]
        if any(match[0] == "${" for match in _MARK.finditer(text)):
            told.append(_("“${” begins no ${NAME} or ${NAME:-default}. Write $${ for a literal ${."))
        self.problems += (Problem(*self.place(path, line), message) for message in told)
        return Substituted(_MARK.sub(self._replacement, text))

    def place(self, path: tuple[str | int, ...], line: int | None) -> tuple[Place, str]:
        """The object a path leads into, and the field there."""
        sections: list[str] = []
        names: list[str] = []
        field: list[str] = []
        holder: Any = self.document
        for step in path:
            holder = holder[step]
            if isinstance(step, int) and isinstance(holder, dict) and len(names) < 2:
                sections += field
                names.append(called(holder, step))
                field = []
            else:
                field.append(str(step))
        return Place(".".join(sections), "/".join(names), line), ".".join(field)

    def _missing(self, text: str) -> Iterator[str]:
        for match in _MARK.finditer(text):
            if match["name"] and match["default"] is None and match["name"] not in self.environment:
                yield match["name"]

    def _replacement(self, match: re.Match[str]) -> str:
        if match[0] == "$${" or not match["name"]:
            return "${"
        default = (match["default"] or "")[2:]
        return self.environment.get(match["name"]) or default


def _copied(holder: Any) -> Any:
    copy: Any = holder.copy()
    if isinstance(holder, (LocatedObject, LocatedArray)):
        located: Any = type(holder)()
        (located.update if isinstance(holder, dict) else located.extend)(copy)
        located.lines = holder.lines
        return located
    return copy
