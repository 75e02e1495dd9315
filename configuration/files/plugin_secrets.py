"""Secrets of plugins in documents: asked for by the name of a variable, and kept as they are where it is not set."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from configuration.files.entry import Entry, Secret
from configuration.files.problem import DocumentError, Place, Problem
from configuration.files.substitution import Unset
from services import plugin_secrets, write_only
from services.plugins import known

VARIABLE = "GATEWAY_SECRET_{}"
WHERE = {"global_plugin": "config"}
"""Kind → the field that holds configurations of plugins, where it is not `plugins`."""

Key = tuple[str, str, str, write_only.Place]


def with_secrets(kind: str, data: dict[str, Any], put: write_only.Replace) -> dict[str, Any]:
    """The object of a file, each secret of its plugins replaced."""
    field = WHERE.get(kind, "plugins")
    if not data.get(field):
        return data
    if kind != "global_plugin":
        found = plugin_secrets.replaced(data[field], put)
    else:
        found = plugin_secrets.replaced({data.get("name"): data[field]}, put)[data.get("name")]
    return data if found is data[field] else {**data, field: found}


def marked(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The same with each of them as a `Secret`."""
    return with_secrets(kind, data, lambda place, value: Secret(value))


def variables(entries: Iterable[Entry]) -> Mapping[Key, str]:
    """The variable each secret is asked for by; those that look alike in capitals get a suffix."""
    plain: dict[Key, str] = {}
    for entry in entries:
        for key in _keys(entry):
            told = "_".join((entry.kind, entry.name, *map(str, key[3])))
            plain[key] = re.sub(r"[^A-Z0-9]+", "_", told.upper()).strip("_")
    often = Counter(plain.values())
    return {key: VARIABLE.format(text if often[text] == 1 else f"{text}_{_suffix(key)}") for key, text in plain.items()}


def _suffix(key: Key) -> str:
    return hashlib.sha256(repr(key).encode()).hexdigest()[:8].upper()


def key_of(entry: Entry, place: write_only.Place) -> Key:
    """What tells a secret from all others."""
    return (entry.kind, entry.parent, entry.identity, place)


def _keys(entry: Entry) -> list[Key]:
    found: list[Key] = []
    with_secrets(entry.kind, dict(entry.data), lambda place, value: found.append(key_of(entry, place)))
    return found


def is_secret(document: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether a path into a document, as `routes`, 3, `plugins`, `change_headers`…, leads to a secret of a plugin."""
    if len(path) < 4 or not isinstance(path[1], int):
        return False
    section, number, field = path[:3]
    rest: list[Any] = list(path[3:])
    if section == "plugins" and field == "config":
        holder = document[section][number]
        rest = [holder.get("name") if isinstance(holder, dict) else None, *rest]
    elif field != "plugins":
        return False
    name, *inner = rest
    return isinstance(name, str) and name in known() and write_only.is_secret(known()[name].schema, tuple(inner))


def has_unset(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether a secret of its plugins is asked for by a variable that is not set."""
    found: list[str] = []
    with_secrets(kind, dict(data), lambda place, value: found.append(value))
    return any(isinstance(value, Unset) for value in found)


def filled(kind: str, data: Mapping[str, Any], stored: Any, place: Place) -> dict[str, Any]:
    """The object with what is stored where no variable is set. Raises `DocumentError` where nothing is stored."""
    held: dict[write_only.Place, str] = {}
    if stored is not None:
        plugins = {stored.name: stored.config} if kind == "global_plugin" else stored.plugins
        held = plugin_secrets.places(plugins)
    problems: list[Problem] = []

    def put(where: write_only.Place, value: str) -> Any:
        if not isinstance(value, Unset):
            return value
        if where not in held:
            told = _("It has none yet: set the variable %s.") % value
            problems.append(Problem(place, ".".join(map(str, ("plugins", *where))), told))
        return held.get(where, "")

    found = with_secrets(kind, dict(data), put)
    if problems:
        raise DocumentError(problems)
    return found


def without(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The object without plugins, to tell by the rest which stored one it is."""
    return {name: value for name, value in data.items() if name != WHERE.get(kind, "plugins")}
