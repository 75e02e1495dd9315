"""Columns whose values lie sealed in the database and are plain in memory.

Their columns are those of Django's own fields, so migrations name these. What cannot be opened is no value that passes
a check: whatever depends on it fails closed at its place, and it goes back into the database as it was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from revisions.sealing import CannotOpen, is_sealed, opened, seal

logger = logging.getLogger("gateway.secrets")


class UnreadableText(str):
    """Stands for a text that cannot be opened: empty."""

    __slots__ = ("stored",)
    stored: str


class UnreadableObject(dict[str, Any]):
    """Stands for an object that cannot be opened: one member, which is no plugin and no configuration of one."""

    stored: str


class SealedTextField(models.TextField):
    """An empty text is not sealed: constraints may ask for it."""

    def deconstruct(self) -> Any:
        """As a TextField."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        """The plain text."""
        return _text(value) if is_sealed(value) else value

    def to_python(self, value: Any) -> Any:
        """Also of what `dumpdata` wrote."""
        return _text(value) if is_sealed(value) else super().to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        """Sealed."""
        return self.sealed(value)

    def sealed(self, value: Any) -> Any:
        """As it lies in the database."""
        if isinstance(value, UnreadableText):
            return value.stored
        plain = super().get_prep_value(value)
        return seal(plain) if plain else plain

    def value_to_string(self, obj: models.Model) -> str:
        """Sealed, for `dumpdata`."""
        return str(self.get_prep_value(self.value_from_object(obj)) or "")


class SealedJSONField(models.JSONField):
    """Sealed as a whole, or, where `members` names some, the values under these names at any depth."""

    def __init__(self, *args: Any, members: frozenset[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members

    def deconstruct(self) -> Any:
        """As a JSONField."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The plain value."""
        return self._opened(super().from_db_value(value, expression, connection))

    def to_python(self, value: Any) -> Any:
        """Also of what `dumpdata` wrote."""
        return self._opened(super().to_python(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Sealed; an expression of the database is left to it."""
        stored = value if hasattr(value, "as_sql") else self.sealed(value)
        return super().get_db_prep_value(stored, connection, prepared)

    def value_to_string(self, obj: models.Model) -> Any:
        """Sealed, for `dumpdata`."""
        return self.sealed(self.value_from_object(obj))

    def sealed(self, value: Any) -> Any:
        """As it lies in the database, still an object of Python."""
        return _sealed_whole(value) if self.members is None else _within(value, self.members, _sealed_whole)

    def _opened(self, value: Any) -> Any:
        return _opened_whole(value) if self.members is None else _within(value, self.members, _opened_whole)


def _sealed_whole(value: Any) -> Any:
    if isinstance(value, UnreadableObject):
        return value.stored
    return seal(json.dumps(value, cls=DjangoJSONEncoder)) if value else value


def _opened_whole(value: Any) -> Any:
    if not is_sealed(value):
        return value
    try:
        return json.loads(opened(value))
    except (CannotOpen, ValueError):
        _complain()
        unreadable = UnreadableObject(unreadable={})
        unreadable.stored = value
        return unreadable


def _within(value: Any, members: frozenset[str], treat: Callable[[Any], Any]) -> Any:
    """A copy in which the values under these names have been treated; what a caller writes elsewhere is not opened."""
    if isinstance(value, list):
        return [_within(one, members, treat) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: treat(one) if name in members else _within(one, members, treat) for name, one in value.items()}


def _text(value: Any) -> str:
    try:
        return opened(value)
    except CannotOpen:
        _complain()
        unreadable = UnreadableText()
        unreadable.stored = value
        return unreadable


def _complain() -> None:
    logger.error(
        "a secret in the database was sealed under another key; put that key into GATEWAY_SECRET_KEY_FALLBACKS"
    )
