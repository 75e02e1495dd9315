"""The JSON Schema of a configuration file, drawn from the serializers that judge one (G-502).

It says what can be said of one value: names, types, ranges. What the values mean together, the import judges.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import override
from rest_framework import serializers

from configuration.files.file_kinds import INSIDE, TOP, FileKind
from configuration.files.outline import FORMAT
from gateway_project.rest import fields as strict
from gateway_project.rest.duration_field import PATTERN, DurationField
from services.plugins import known
from services.spec import ENABLED

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VARIABLE = {"type": "string", "pattern": r"\$\{"}
"""What stands where a variable is put in."""
ANY_INTEGER = 2**31 - 1
"""From here on a bound is that of the database in use, not a rule."""
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


@cache
def configuration_schema() -> dict[str, Any]:
    """The schema of the whole document, described in English; drawn once a process and not to be changed."""
    with override("en"):
        sections = {kind.section: {"type": "array", "items": _object(kind)} for kind in TOP}
    return {
        "$schema": DIALECT,
        "title": "Configuration of the gateway",
        "type": "object",
        "required": ["format"],
        "additionalProperties": False,
        "properties": {"format": {"const": FORMAT}, "select_labels": TEXTS, **sections},
        "$defs": {"plugins": _plugins()},
    }


def _object(kind: FileKind) -> dict[str, Any]:
    schema = _of_serializer(kind.serializer())
    for inner in INSIDE.get(kind.kind, ()):
        schema["properties"][inner.section] = {"type": "array", "items": _object(inner)}
    return schema


def _of_serializer(serializer: Any) -> dict[str, Any]:
    """An object of the fields that may be written; `required` are those without which no row is made."""
    fields = {name: field for name, field in serializer.fields.items() if not field.read_only}
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _described(name, field) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return {**schema, "required": required} if required else schema


def _described(name: str, field: Any) -> dict[str, Any]:
    if name == "plugins":
        return {"$ref": "#/$defs/plugins"}
    if name == "labels":
        return TEXTS
    schema = _of_field(field)
    if field.help_text:
        schema["description"] = str(field.help_text)
    return schema


def _of_field(field: Any) -> dict[str, Any]:
    if isinstance(field, serializers.Serializer):
        return _of_serializer(field)
    schema = _typed(field)
    if field.allow_null and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if field.allow_null and "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(field, DurationField):
        return {"anyOf": [schema, {"type": "string", "pattern": PATTERN}, VARIABLE]}
    if isinstance(field, (serializers.IntegerField, serializers.FloatField, serializers.BooleanField)):
        return {"anyOf": [schema, VARIABLE]}
    return schema


def _typed(field: Any) -> dict[str, Any]:
    if isinstance(field, serializers.ChoiceField):
        blank = [""] if field.allow_blank else []
        return {"anyOf": [{"enum": [*blank, *(value for value in field.choices if value != "")]}, VARIABLE]}
    if isinstance(field, serializers.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, (serializers.IntegerField, serializers.FloatField)):
        kind = "integer" if isinstance(field, serializers.IntegerField) else "number"
        bounds = {"minimum": field.min_value, "maximum": field.max_value}
        said = {name: bound for name, bound in bounds.items() if bound is not None and abs(bound) < ANY_INTEGER}
        return {"type": kind, **said}
    if isinstance(field, serializers.ListField):
        return {"type": "array", "items": _of_field(field.child)}
    if isinstance(field, strict.ObjectField):
        return {"type": "object"}
    if isinstance(field, serializers.JSONField):
        return {}
    return {"type": "string"}


def _plugins() -> dict[str, Any]:
    """Every plugin by its own schema, or switched off."""
    return {"type": "object", "additionalProperties": False, "properties": {name: _plugin(name) for name in known()}}


def _plugin(name: str) -> dict[str, Any]:
    schema = dict(known()[name].schema)
    properties = {**schema.get("properties", {}), ENABLED: {"type": "boolean"}}
    off = {"type": "object", "properties": {ENABLED: {"const": False}}, "required": [ENABLED], "maxProperties": 1}
    return {"anyOf": [{**schema, "properties": properties}, off]}
