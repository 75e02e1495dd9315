"""Form fields for the JSON columns of configuration rows: lists as lines, documents as text, empty as the default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget


class LinesField(forms.Field):
    """A list of strings, one a line; a comma ends one too."""

    def __init__(self, *, upper_case: bool = False, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 2}))
        super().__init__(**options)
        self.upper_case = upper_case

    def prepare_value(self, value: Any) -> Any:
        """Text for the page; what was typed stays as it was typed."""
        return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        """The list."""
        lines = str(value or "").replace(",", "\n").splitlines()
        words = [line.strip() for line in lines if line.strip()]
        return [word.upper() for word in words] if self.upper_case else words

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another list was typed."""
        return list(initial or ()) != self.to_python(data)


class DocumentField(forms.JSONField):
    """A JSON value. An empty text is the column's default, which is not NULL for most."""

    def __init__(self, *, empty: Callable[[], Any], **options: Any) -> None:
        super().__init__(**options)
        self.empty = empty

    def prepare_value(self, value: Any) -> Any:
        """Nothing where the column holds nothing."""
        return "" if value is None else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        """The value. Raises `ValidationError` for text that is not JSON."""
        found = super().to_python(value)
        return self.empty() if found is None else found
