"""The places in a request's body where the OpenAPI document allows any text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

AS_KEY = object()
"""Stands in a place for: the text is the key."""

Place = tuple[Any, ...]


def places(schema: dict[str, Any], components: dict[str, Any], before: Place = ()) -> Iterator[Place]:
    """Keys and indexes that lead to each text of a body, one item a list."""
    schema = components.get(schema.get("$ref", "").rpartition("/")[2], schema)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "string" in kinds and "enum" not in schema:
        yield before
    if "array" in kinds:
        yield from places(schema.get("items", {}), components, (*before, 0))
    if "object" in kinds:
        for name, inner in schema.get("properties", {}).items():
            yield from places(inner, components, (*before, name))
        if before and schema.get("additionalProperties") not in (None, False):
            yield from ((*before, AS_KEY), (*before, "a"))


def with_text(body: Any, place: Place, text: str) -> Any:
    """The body with the text in this place; what is missing on the way is made."""
    if not place:
        return text
    first, *rest = place
    if first is AS_KEY:
        return {text: "a"}
    if first == 0:
        return [with_text(body[0] if body else None, tuple(rest), text)]
    known = body if isinstance(body, dict) else {}
    return {**known, first: with_text(known.get(first), tuple(rest), text)}


def text_at(content: Any, place: Place) -> Any:
    """What stands in this place of an answer; None where there is no such place."""
    for step in place:
        if step is AS_KEY:
            return next(iter(content), None) if isinstance(content, dict) else None
        if isinstance(content, dict):
            content = content.get(step)
        elif isinstance(content, list) and step == 0:
            content = content[0] if content else None
        else:
            return None
    return content
