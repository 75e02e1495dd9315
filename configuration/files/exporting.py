"""The configuration as a document (G-502)."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from configuration.files import plugin_secrets
from configuration.files.entry import Entry, Secret
from configuration.files.outline import put_together
from configuration.files.selection import Selection
from configuration.files.stored import stored
from configuration.files.substitution import escaped
from gateway_project.rest import access
from revisions.recorded import declared
from services.write_only import Place

VARIABLE = "GATEWAY_SECRET_ISSUER_{}"


class Reference(str):
    """A text that is meant to be read as a reference."""

    __slots__ = ()


def exported(caller: Any, selection: Selection, *, with_hashes: bool = False, with_ids: bool = False) -> dict[str, Any]:
    """What the caller may see of the selection, without any secret; hashes of credentials where they are asked for."""
    found = stored(caller, selection)
    entries: Iterable[Entry] = [_told(entry, found.row(entry), caller) for entry in found.entries]
    if with_ids:
        ids = {entry.identity: str(found.row(entry).pk) for entry in found.entries if entry.kind == "route"}
        entries = [
            replace(entry, data={"id": ids[entry.identity], **entry.data}) if entry.kind == "route" else entry
            for entry in entries
        ]
    return put_together(_shareable(list(entries), with_hashes=with_hashes), selection)


def _told(entry: Entry, row: Any, caller: Any) -> Entry:
    """Without what is shown to those alone who may change the row."""
    hidden = {name for name in declared(type(row)).confidential if name in entry.data}
    if not hidden or access.may_write(caller, row):
        return entry
    return replace(entry, data={name: value for name, value in entry.data.items() if name not in hidden})


def _shareable(entries: list[Entry], *, with_hashes: bool) -> Iterator[Entry]:
    variables = secret_variables(entry.name for entry in entries if "secret" in entry.data)
    of_plugins = plugin_secrets.variables(entries)
    for entry in entries:
        data: dict[str, Any] = {}

        def asked(place: Place, value: str, entry: Entry = entry) -> Reference:
            return Reference(f"${{{of_plugins[plugin_secrets.key_of(entry, place)]}}}")

        for name, value in plugin_secrets.with_secrets(entry.kind, dict(entry.data), asked).items():
            if not isinstance(value, Secret):
                data[name] = _literal(value)
            elif name == "secret":
                data[name] = f"${{{variables[entry.name]}}}"
            elif with_hashes:
                data[name] = str(value)
        yield replace(entry, data=data)


def secret_variables(names: Iterable[str]) -> Mapping[str, str]:
    """The variable each of these names' secret is asked for by; names that look alike in capitals get a suffix."""
    plain = {name: re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") for name in names}
    often = Counter(plain.values())
    suffixes = {name: f"_{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}" for name in plain}
    return {
        name: VARIABLE.format(text if text and often[text] == 1 else f"{text}{suffixes[name]}".lstrip("_"))
        for name, text in plain.items()
    }


def _literal(value: Any) -> Any:
    """The value as a file writes it so that nothing in it is taken for a reference."""
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, str):
        return escaped(value) if "${" in value else value
    if isinstance(value, dict):
        return {key: _literal(inner) for key, inner in value.items()}
    return [_literal(inner) for inner in value] if isinstance(value, list) else value
