"""The fields of a serializer as columns: how values are written in a file, and which are left out as defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from rest_framework import serializers

from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer


class _Required:
    """Equal to no value: what has no default is always written."""


REQUIRED = _Required()
_AS_THEY_ARE = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.FloatField,
    serializers.BooleanField,
    serializers.ChoiceField,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One value: its place in the object of a file, the attribute of the row, and the value it has by default."""

    place: tuple[str, ...]
    source: str
    default: Any
    written: Callable[[Any], Any]


def columns_of(serializer: StrictModelSerializer, place: tuple[str, ...] = ()) -> Iterator[Column]:
    """The columns of what may be written, in the serializer's order, groups resolved."""
    unstored: frozenset[str] = getattr(serializer, "unstored", frozenset())
    for name, field in serializer.fields.items():
        if field.read_only or name in unstored:
            continue
        if isinstance(field, StrictModelSerializer):
            yield from columns_of(field, (*place, name))
        else:
            yield Column((*place, name), str(field.source), _default(serializer, field), _writer(field))


def _default(serializer: Any, field: Any) -> Any:
    if field.required:
        return REQUIRED
    try:
        default = serializer.Meta.model._meta.get_field(field.source).get_default()
    except FieldDoesNotExist:
        return [] if isinstance(field, serializers.ListField) else None
    return default.value if isinstance(default, Enum) else default


def _writer(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, strict.TimestampField):
        return lambda value: None if value is None else field.to_representation(value)
    if isinstance(field, _AS_THEY_ARE):
        return lambda value: value
    return in_order


def in_order(value: Any) -> Any:
    """The same with the keys of objects in one order: PostgreSQL keeps none."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(one) for one in value] if isinstance(value, (list, tuple)) else value


class Reader:
    """Writes rows of one kind, or values that were judged, as the object of a file."""

    def __init__(self, serializer: StrictModelSerializer) -> None:
        self.columns = tuple(columns_of(serializer))
        self._getters = [_getter(column.source) for column in self.columns]

    def of_row(self, row: Any) -> dict[str, Any]:
        """A stored row."""
        return self._written(get(row) for get in self._getters)

    def of_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by the attributes they belong to."""
        return self._written(values.get(column.source, column.default) for column in self.columns)

    def _written(self, values: Iterator[Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for column, value in zip(self.columns, values, strict=True):
            if value is REQUIRED or (value == column.default and type(value) is type(column.default)):
                continue
            holder = data
            for group in column.place[:-1]:
                holder = holder.setdefault(group, {})
            holder[column.place[-1]] = column.written(value)
        return data


def _getter(source: str) -> Callable[[Any], Any]:
    """Reads an attribute, through another row perhaps, which may be missing."""
    if "." not in source:
        return attrgetter(source)
    first, _dot, rest = source.partition(".")
    inner = attrgetter(rest)

    def through(row: Any) -> Any:
        other = getattr(row, first)
        return None if other is None else inner(other)

    return through
