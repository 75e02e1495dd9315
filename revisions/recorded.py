"""What history has to know of a model beside its columns: one declaration on each model that is configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.db import models


@dataclass(frozen=True, slots=True)
class Recorded:
    """How the rows of a model are recorded, shown and restored."""

    kind: str = ""
    """The word for such a row in replies; empty is the model's own name."""
    bookkeeping: tuple[str, ...] = ("updated_at",)
    """Columns that move by themselves: never a change on their own, never shown, kept when a row is restored."""
    derived: tuple[str, ...] = ()
    """Columns that follow from the others: not shown either, but restored with them."""
    secrets: tuple[str, ...] = ()
    """Columns kept for restoring and masked wherever they are shown."""
    confidential: tuple[str, ...] = ()
    """Columns shown in full to those alone who may change the row; to others they are secrets."""
    shown: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda document: document
    """A row as it is shown: what is secret within its columns masked."""
    related: tuple[str, ...] = ()
    """Foreign keys that the row's name is made of."""
    service: str = ""
    """The way to the id of the service the row belongs to, which decides who may see it; empty for none."""
    restorable: bool = True
    """False where going back would undo what must stay: a revoked token stays revoked."""


def recorded_of(model: type[models.Model]) -> Recorded | None:
    """The declaration of a model; None for one that is not configuration."""
    found = getattr(model, "recorded", None)
    return found if isinstance(found, Recorded) else None


def kind_of(model: type[models.Model]) -> str:
    """The word for the rows of a model."""
    return declared(model).kind or str(model._meta.model_name)


def declared(model: type[models.Model]) -> Recorded:
    """The declaration of a model that is configuration. Raises `LookupError` for another."""
    found = recorded_of(model)
    if found is None:
        raise LookupError(f"{model._meta.label} is not configuration")
    return found


def recorded_models() -> list[Any]:
    """Every model that is configuration, parents before what refers to them."""
    ordered: list[Any] = []
    waiting = [model for model in apps.get_models() if recorded_of(model) is not None]
    while waiting:
        ready = [model for model in waiting if not _parents(model) & set(waiting) - {model}]
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def model_of(kind: str) -> Any:
    """The model of a kind. Raises `LookupError`."""
    for model in recorded_models():
        if kind_of(model) == kind:
            return model
    raise LookupError(kind)


def kinds() -> list[str]:
    """The word of every kind, parents first."""
    return [kind_of(model) for model in recorded_models()]


def _parents(model: type[models.Model]) -> set[Any]:
    return {cast("Any", field.related_model) for field in model._meta.concrete_fields if field.is_relation}
