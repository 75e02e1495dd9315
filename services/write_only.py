"""Values whose JSON Schema says `writeOnly` (validation, section 9.4): found, and replaced. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
"""Where a value stands: names of members and positions."""
Replace = Callable[[Place, str], Any]
Schema = Mapping[str, Any]


def replaced(schema: Schema, value: Any, put: Replace, place: Place = ()) -> Any:
    """The value, each secret text in it replaced by what `put` makes of its place and itself.

    What nothing is replaced in is the same object. Nothing is expected of its shape: a stored row may hold anything.
    """
    return _value(value, [schema], place, put)


def is_secret(schema: Schema, place: Place) -> bool:
    """Whether a text at this place is one."""
    schemas = [schema]
    for step in place:
        if isinstance(step, int):
            schemas = [one["items"] for one in schemas if isinstance(one.get("items"), Mapping)]
        else:
            schemas = list(_of_member(schemas, step))
    return any(one.get("writeOnly") for one in schemas)


def _value(value: Any, schemas: list[Schema], place: Place, put: Replace) -> Any:
    if isinstance(value, str):
        return put(place, value) if any(schema.get("writeOnly") for schema in schemas) else value
    if isinstance(value, dict):
        members = {
            name: _value(one, list(_of_member(schemas, name)), (*place, name), put) for name, one in value.items()
        }
        return value if all(members[name] is one for name, one in value.items()) else members
    if isinstance(value, list):
        inner = [schema["items"] for schema in schemas if isinstance(schema.get("items"), Mapping)]
        found = [_value(one, inner, (*place, number), put) for number, one in enumerate(value)]
        return value if all(new is old for new, old in zip(found, value, strict=True)) else found
    return value


def _of_member(schemas: list[Schema], name: str) -> Iterator[Schema]:
    """The schemas a member has to keep to, as JSON Schema (core, 10.3.2) picks them."""
    for schema in schemas:
        own = [schema["properties"][name]] if name in schema.get("properties", {}) else []
        own += [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, str(name))]
        rest = schema.get("additionalProperties")
        yield from own or ([rest] if isinstance(rest, Mapping) else [])
