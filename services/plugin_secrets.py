"""What is secret in configurations of plugins: the values whose schema says `writeOnly` (JSON Schema validation, 9.4).

They are kept as they are. History, dry runs, drafts, and routes shown to who may not change them have `MASK` in their
place; documents ask for them by the name of a variable.
"""

from __future__ import annotations

from typing import Any

from revisions.documents import MASK, Document
from services import write_only
from services.plugins import known
from services.write_only import Place, Replace


def replaced(plugins: Any, put: Replace) -> Any:
    """Bindings by the names of plugins, each secret text in them replaced by what `put` makes of its place and itself.

    What nothing is replaced in is the same object. Rows may hold anything, so nothing is expected of their shape.
    """
    if not isinstance(plugins, dict):
        return plugins
    found = {
        name: write_only.replaced(known()[name].schema, config, put, (name,)) if name in known() else config
        for name, config in plugins.items()
    }
    return plugins if all(found[name] is config for name, config in plugins.items()) else found


def masked(plugins: Any) -> Any:
    """The bindings with `MASK` for each secret."""
    return replaced(plugins, lambda place, value: MASK)


def masked_column(document: Document) -> Document:
    """A recorded row with a column `plugins`, its secrets masked."""
    return {**document, "plugins": masked(document["plugins"])} if "plugins" in document else document


def masked_binding(document: Document) -> Document:
    """A recorded row of a plugin bound to everything."""
    name, config = document.get("name"), document.get("config")
    found = masked({name: config}) if isinstance(name, str) else {}
    return {**document, "config": found[name]} if isinstance(name, str) and "config" in document else document


def places(plugins: Any) -> dict[Place, str]:
    """Every secret by its place."""
    found: dict[Place, str] = {}

    def note(place: Place, value: str) -> str:
        found[place] = value
        return value

    replaced(plugins, note)
    return found
