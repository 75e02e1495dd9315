"""What a page's script makes forms of: every plugin, what it does, and its schema, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from services.plugin_forms.texts import ABOUT
from services.plugins import known

MEMBERS = frozenset({"properties", "patternProperties"})
"""Keywords that hold schemas by names of the operator's, which may be words of JSON Schema."""
VALUES = frozenset({"default", "enum", "const"})
"""Keywords that hold values."""


def catalogue(*, for_consumers: bool = False) -> list[dict[str, Any]]:
    """`name`, `about` and `schema` of each, in the order of the request path; for consumers those that serve them."""
    return [
        {"name": one.name, "about": _told(ABOUT.get(one.name, "")), "schema": _in_language(one.schema)}
        for one in known().values()
        if one.serves_consumers or not for_consumers
    ]


def _in_language(schema: Any) -> Any:
    """The schema with its descriptions translated."""
    if isinstance(schema, list):
        return [_in_language(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {name: _part(name, value) for name, value in schema.items()}


def _part(name: str, value: Any) -> Any:
    if name in MEMBERS:
        return {member: _in_language(one) for member, one in value.items()}
    if name == "description":
        return _told(value)
    return value if name in VALUES else _in_language(value)


def _told(text: str) -> str:
    """An empty msgid would be the catalogue's own header."""
    return gettext(text) if text else ""
