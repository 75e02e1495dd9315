"""Saying which other row is in the way (F40900)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from gateway_project.rest.conflicts import clash_with


def refuse_duplicate(row: models.Model, field: str, message: Any, **among: Any) -> None:
    """Raises a `ValidationError` with code `conflict` when another row, of those that fit `among`, holds this value.

    Database constraints of the same columns remain the guard against two writes at once.
    """
    value = getattr(row, field)
    if value in (None, ""):
        return
    other = type(row)._default_manager.filter(**{field: value}, **among).exclude(pk=row.pk).first()
    if other is not None:
        raise ValidationError({field: clash_with(other, message, message)})
