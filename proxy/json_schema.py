"""JSON Schema (draft 2020-12) for what clients send: compiled once, bounded against what they may send.

A schema refers to itself only, so judging a request never asks another host. Its expressions are RE2's, whose time
grows with the text alone, and are tried on texts of at most `LONGEST_TEXT` characters; a longer one breaks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import SchemaError, ValidationError

from routing.expression import Expression, as_bytes

LONGEST_TEXT = 1000
MOST_ERRORS = 20
_ELSEWHERE = ("$id", "$anchor", "$dynamicAnchor", "$dynamicRef")

Errors = list[tuple[str, str]]
"""Place and message."""


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        if len(instance) > LONGEST_TEXT:
            yield ValidationError(f"is longer than {LONGEST_TEXT} characters")
        elif not _holds(pattern, instance):
            yield ValidationError(f"{instance!r:.100} does not match {pattern!r:.100}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and any(len(name) > LONGEST_TEXT for name in instance):
        yield ValidationError(f"holds a name longer than {LONGEST_TEXT} characters")
        return
    for pattern, inner in patterns.items() if isinstance(instance, dict) else ():
        for name in [name for name in instance if _holds(pattern, name)]:
            yield from validator.descend(instance[name], inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As of JSON Schema; the package's own would try the expressions of `patternProperties` with Python's engine."""
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extras = {
        name: value
        for name, value in instance.items()
        if name not in known and not any(_holds(pattern, name) for pattern in patterns)
    }
    yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, wanted, extras, {})


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Expression:
    return Expression(pattern)


def _holds(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(as_bytes(text)) is not None


_Validator = validators.extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    },
)


class Judge:
    """A compiled schema. Raises `ValueError` for one that is none, or that refers elsewhere."""

    def __init__(self, schema: Mapping[str, Any], name: str) -> None:
        for key, value in _members(schema):
            if key in _ELSEWHERE or (key == "$ref" and not str(value).startswith("#")):
                raise ValueError(
                    f"{name}: {key} is not possible here; $ref may name a part of the schema itself, as #/$defs/x"
                )
        if {"patternProperties", "unevaluatedProperties"} <= {key for key, _value in _members(schema)}:
            raise ValueError(f"{name}: unevaluatedProperties cannot stand beside patternProperties here")
        try:
            Draft202012Validator.check_schema(schema)
            self._check_expressions(schema)
        except (SchemaError, ValueError) as error:
            raise ValueError(f"{name}: {str(getattr(error, 'message', error))[:300]}") from None
        self._validator = _Validator(schema)
        self.schema = schema

    @staticmethod
    def _check_expressions(schema: Any) -> None:
        for key, value in _members(schema):
            for text in (value,) if key == "pattern" else value if key == "patternProperties" else ():
                if isinstance(text, str):
                    Expression(text)

    def errors(self, instance: Any, where: str) -> Errors:
        """What is wrong with a value, each under its place below `where`; at most `MOST_ERRORS`."""
        try:
            found = islice(self._validator.iter_errors(instance), MOST_ERRORS)
            return [(".".join(map(str, (where, *one.absolute_path))), one.message[:200]) for one in found]
        except RecursionError:
            return [(where, "is nested too deeply")]


def _members(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object in a document."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key, value
            yield from _members(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _members(value)
