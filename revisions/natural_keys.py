"""Rows that fixtures name by what people call them: `dumpdata --natural-foreign --natural-primary`, `loaddata`."""

from __future__ import annotations

from typing import Any, ClassVar


class NaturallyKeyed:
    """A model whose rows are known by some fields of theirs, or of rows they belong to.

    `ConfigurationQuerySet.get_by_natural_key` finds them again. Routes have none: their ids are the same everywhere.
    """

    natural_fields: ClassVar[tuple[str, ...]]
    """Look-ups such as `service__name`; together they are unique."""

    def natural_key(self) -> tuple[Any, ...]:
        """The values of those fields."""
        return tuple(self._at(path) for path in self.natural_fields)

    def _at(self, path: str) -> Any:
        value: Any = self
        for name in path.split("__"):
            value = None if value is None else getattr(value, name)
        return value
