"""What is wrong with a batch, field by field, to be said in the client's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

WHOLE = "non_field_errors"
"""The key for what is wrong with the body as a whole, as on the control plane."""
LONGEST_NAME = 200


class Refused(Exception):
    """`errors` maps the name of a field to English texts of the catalogue, each with what it is filled in with."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[str, list[tuple[str, Any]]] = {}

    @classmethod
    def whole(cls, text: str, values: Any = None) -> Refused:
        """Something wrong with the whole body."""
        refusal = cls()
        refusal.add(WHOLE, text, values)
        return refusal

    def add(self, field: str, text: str, values: Any = None) -> None:
        """One more; the field's name may be anything the client sent."""
        name = field[:LONGEST_NAME].encode("utf-8", "backslashreplace").decode()
        self.errors.setdefault(name, []).append((text, values))

    def said(self, translate: Callable[[str], str]) -> dict[str, list[str]]:
        """The texts in one language."""
        return {
            field: [translate(text) if values is None else translate(text) % values for text, values in texts]
            for field, texts in self.errors.items()
        }
