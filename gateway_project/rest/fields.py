"""Serializer fields that take a value of their own JSON type only (G-102), and the timestamp format (G-003)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: neither `true`, nor "5", nor 5.0."""

    default_error_messages = {"invalid": _("A valid integer is required.")}

    def to_internal_value(self, data: Any) -> int:
        """The integer. Raises `ValidationError`."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictNumberField(serializers.FloatField):
    """A JSON number: neither `true` nor "5"."""

    default_error_messages = {"invalid": _("Must be a number.")}

    def to_internal_value(self, data: Any) -> float:
        """As a float. Raises `ValidationError`, also for an integer that no float can hold."""
        if type(data) not in (int, float):
            self.fail("invalid")
        try:
            return float(data)
        except OverflowError:
            self.fail("invalid")


class StrictBooleanField(serializers.BooleanField):
    """JSON `true` or `false` and nothing that looks like them."""

    default_error_messages = {"invalid": _("Must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """The boolean. Raises `ValidationError`."""
        if type(data) is not bool:
            self.fail("invalid")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """As every field; DRF's own would read null-like strings as null."""
        return super(serializers.BooleanField, self).run_validation(data)


class StrictCharField(serializers.CharField):
    """A JSON string, kept as it came: where blanks at the ends do harm, the value is refused, never changed."""

    default_error_messages = {"invalid": _("Must be a string.")}

    def __init__(self, *, trim_whitespace: bool = True, **kwargs: Any) -> None:
        """`trim_whitespace=False`: blanks alone are a text too."""
        super().__init__(trim_whitespace=False, **kwargs)
        self.blanks_are_blank = trim_whitespace and not self.allow_blank

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuses other types before DRF turns them into text, and blanks where there must be a text."""
        if data is not serializers.empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        if isinstance(data, str) and self.blanks_are_blank and not data.strip():
            self.fail("blank")
        return super().run_validation(data)


class StrictChoiceField(serializers.ChoiceField):
    """One of the listed strings."""

    default_error_messages = {"invalid_choice": _("“{input}” is not one of: {choices}.")}

    def to_internal_value(self, data: Any) -> Any:
        """The choice. Raises `ValidationError` that names the valid ones."""
        if not isinstance(data, str) or (data not in self.choices and not (data == "" and self.allow_blank)):
            shown = str(data)[:100]
            self.fail("invalid_choice", input=shown, choices=", ".join(str(key) for key in self.choices))
        return data


class StrictListField(serializers.ListField):
    """A JSON array; DRF's own would also take other iterables."""

    default_error_messages = {"not_a_list": _("Must be a list.")}

    def to_internal_value(self, data: Any) -> list[Any]:
        """The list of converted items. Raises `ValidationError`."""
        if not isinstance(data, list):
            self.fail("not_a_list")
        converted: list[Any] = super().to_internal_value(data)
        return converted


class NamedRowField(serializers.SlugRelatedField[Any]):
    """Another row by its name, a JSON string; the name itself is the slug field."""

    default_error_messages = {"invalid": _("Must be a string.")}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuses the empty name, which DRF takes for null."""
        return self.to_internal_value(data) if data == "" else super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises `ValidationError` that repeats a name nothing has."""
        if not isinstance(data, str):
            self.fail("invalid")
        rows: Any = self.get_queryset()
        row = rows.filter(**{str(self.slug_field): data}).first()
        if row is None:
            self.fail("does_not_exist", slug_name=self.slug_field, value=data[:100])
        return row


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(serializers.JSONField):
    """A JSON object, kept as it came."""

    default_error_messages = {"not_an_object": _("Must be an object.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The dictionary. Raises `ValidationError`."""
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return data


@extend_schema_field({"type": "string", "example": "2025-01-09 10:30:00"})
class TimestampField(serializers.DateTimeField):
    """`YYYY-MM-DD HH:MM:SS` in GATEWAY_TIME_ZONE (G-003)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "%Y-%m-%d %H:%M:%S")
        super().__init__(**kwargs)

    def to_internal_value(self, value: Any) -> Any:
        """The moment. Raises `ValidationError`, also for digits of other scripts, which Python would read."""
        return super().to_internal_value(value if not isinstance(value, str) or value.isascii() else "")
