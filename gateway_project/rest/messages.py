"""Error details of DRF and of Django's models, brought to one form: {field: [messages]} (G-013)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

WHOLE = "non_field_errors"
"""The key for what is wrong with the whole body rather than with one field."""


def flat_messages(detail: Any) -> dict[str, list[str]]:
    """DRF's nested detail as a flat dictionary; a nested place is written `field.0.name`.

    What is wrong with the whole of a nested object stands under the place of the object.
    """
    flat: dict[str, list[str]] = {}
    _collect(detail, "", flat)
    return flat


def _collect(detail: Any, place: str, flat: dict[str, list[str]]) -> None:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            whole = key in (NON_FIELD_ERRORS, WHOLE)
            outer = [place] if place else []
            _collect(inner, ".".join(outer if whole else [*outer, str(key)]), flat)
    elif isinstance(detail, (list, tuple)):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, (dict, list, tuple))
            _collect(inner, f"{place}.{position}" if nested and place else place, flat)
    else:
        flat.setdefault(place or WHOLE, []).append(str(detail))


def model_errors(error: ValidationError) -> dict[str, list[str]]:
    """The messages of a model's `full_clean`."""
    if not hasattr(error, "error_dict"):
        return {WHOLE: [str(text) for text in error.messages]}
    return {
        WHOLE if name == NON_FIELD_ERRORS else name: [str(text) for text in texts]
        for name, texts in error.message_dict.items()
    }
