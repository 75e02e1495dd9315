"""Serializers that are strict about names and types, and leave the rules of values to the model.

A model's validators and `clean` are the one place a rule is written; the admin's forms and the commands pass
through the same `full_clean`. What is here only adds what JSON makes possible: unknown names and wrong types.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import SkipField, get_error_detail

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.conflicts import as_told, blamed_fields, named_rows, single
from gateway_project.rest.errors import Conflict
from gateway_project.rest.messages import WHOLE, model_errors
from gateway_project.rest.parser import printable


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields by name (G-015) and reports everything that is wrong at once (G-013)."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The converted values. Raises `ValidationError` with all problems."""
        if not isinstance(data, dict):
            raise serializers.ValidationError({WHOLE: [_("Must be an object.")]})
        values, errors = self._converted(data)
        known = {name for name, field in self.fields.items() if not field.read_only}
        for name in data.keys() - known:
            errors[printable(name)] = [_("Unknown field.")]
        self.check_values(values, errors)
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """Hook: adds to `errors` what is wrong with the values that could be converted."""

    def _converted(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        values: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for field in self._writable_fields:
            name = str(field.field_name)
            try:
                value = field.run_validation(field.get_value(data))
                check = getattr(self, f"validate_{name}", None)
                value = check(value) if check else value
                values.update(value if field.source == "*" else {str(field.source): value})
            except serializers.ValidationError as error:
                errors[name] = error.detail
            except ModelValidationError as error:
                errors[name] = get_error_detail(error)
            except SkipField:
                continue
        return values, errors


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer[Any]):
    """A StrictSerializer whose rules are those of its model."""

    serializer_field_mapping: ClassVar[
        dict[type[models.Field[Any, Any]], type[serializers.Field[Any, Any, Any, Any]]]
    ] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: strict.StrictBooleanField,
        models.CharField: strict.StrictCharField,
        models.TextField: strict.StrictCharField,
        models.IntegerField: strict.StrictIntegerField,
        models.BigIntegerField: strict.StrictIntegerField,
        models.PositiveIntegerField: strict.StrictIntegerField,
        models.PositiveSmallIntegerField: strict.StrictIntegerField,
        models.SmallIntegerField: strict.StrictIntegerField,
        models.FloatField: strict.StrictNumberField,
        models.DateTimeField: strict.TimestampField,
    }
    serializer_choice_field = strict.StrictChoiceField

    def get_validators(self) -> list[Any]:
        """None of DRF's: the model's constraints are checked by `full_clean`."""
        return []

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """Runs the model's `full_clean` on what could be converted; a clash with another row alone is a Conflict."""
        candidate = self.candidate(values)
        try:
            self.check_row(candidate, self._excluded(values, errors), constraints=not errors)
        except ModelValidationError as error:
            if not errors and _is_conflict(error):
                raise self._conflict(error) from error
            self._merge(errors, model_errors(error))
        for name in values.keys() & {field.name for field in candidate._meta.concrete_fields}:
            values[name] = getattr(candidate, name)  # in the spelling `clean` gave it

    def _conflict(self, error: ModelValidationError) -> Conflict:
        told = as_told(error, access.caller_in(self.context))
        content: dict[str, Any] = {"conflicts_with": named_rows(told)}
        if blamed := blamed_fields(told):
            content["errors"] = blamed
        return Conflict("; ".join(told.messages), content=content)

    def check_row(self, row: models.Model, exclude: set[str], *, constraints: bool) -> None:
        """Raises the model's `ValidationError` for what is wrong in other columns than those excluded."""
        row.full_clean(exclude=exclude, validate_constraints=constraints)

    def candidate(self, values: dict[str, Any]) -> models.Model:
        """An unsaved copy of the row as it would be."""
        model: Any = self.Meta.model
        columns = {field.name for field in model._meta.concrete_fields}
        given = {name: value for name, value in values.items() if name in columns}
        if self.instance is None:
            return model(**given)
        kept = {field.name: getattr(self.instance, field.name) for field in model._meta.concrete_fields}
        copy = model(**{**kept, **given})
        copy._state.adding = False
        return copy

    def _excluded(self, values: dict[str, Any], errors: dict[str, Any]) -> set[str]:
        """Columns this body cannot be blamed for: refused already, not its to write, or, in an update, left alone."""
        writable = {str(field.source) for field in self._writable_fields}
        refused = {str(field.source) for field in self._writable_fields if field.field_name in errors}
        model: Any = self.Meta.model
        columns = {field.name for field in model._meta.concrete_fields}
        untouched = set() if self.instance is None else {name for name in columns if not self._changes(name, values)}
        return refused | (columns - writable - values.keys()) | untouched

    def _changes(self, name: str, values: dict[str, Any]) -> bool:
        """Whether an update gives this column another value than it has."""
        return name in values and values[name] != getattr(self.instance, name)

    def _merge(self, errors: dict[str, Any], found: dict[str, list[str]]) -> None:
        by_source = {field.source: str(field.field_name) for field in self._writable_fields}
        for source, texts in found.items():
            name = by_source.get(source, source)
            if name not in errors:
                errors[name] = texts

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Writes only the columns whose value changed, so that concurrent changes of others survive (G-143)."""
        changed = []
        for name, value in validated_data.items():
            if getattr(instance, name) != value:
                setattr(instance, name, value)
                changed.append(name)
        if changed:
            instance.save(update_fields=[*changed, *self.stamped_columns(changed)])
        return instance

    def stamped_columns(self, changed: list[str]) -> list[str]:
        """Columns that follow from a change, written with it."""
        return ["updated_at"]


def _is_conflict(error: ModelValidationError) -> bool:
    """A model says `conflict`, a column of Django's own that is unique says `unique`."""
    return all(one.code in ("conflict", "unique") for one in single(error))
