"""The objects of a file by the rules of their kinds: from what was written to the canonical form and a row to store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from configuration.files import plugin_secrets
from configuration.files.entry import Entry, Secret
from configuration.files.entry_serializers import Alone
from configuration.files.outline import Raw
from configuration.files.problem import DocumentError, Place, Problem, problems_of
from configuration.files.stored import Stored
from configuration.files.substitution import Substituted, Unset
from configuration.files.yaml_reading import plain_value
from gateway_project.rest.messages import flat_messages
from permissions import password_hash
from permissions.models.token_issuer import KEY_FIELDS


@dataclass(slots=True)
class Judged:
    """Entries in the order of the file, each with the unsaved row; what is as it is stored has none."""

    entries: list[Entry] = field(default_factory=list)
    rows: dict[int, Any] = field(default_factory=dict)

    def row(self, entry: Entry) -> Any:
        """The unsaved row of an entry that differs from what is stored."""
        return self.rows[id(entry)]


def judged(objects: Iterable[Raw], found: Stored) -> Judged:
    """Judges every object. Raises `DocumentError` with what is wrong with any of them."""
    judge = _Judge(found)
    for raw in objects:
        judge.take(raw)
    if judge.problems:
        raise DocumentError(judge.problems)
    return judge.result


class _Judge:
    def __init__(self, found: Stored) -> None:
        self.found = found
        self.result = Judged()
        self.problems: list[Problem] = []
        self.serializers: dict[str, Alone] = {}
        self.written = {_spelled(entry.kind, entry.parent, entry.data): entry for entry in found.entries}
        self.held = {(entry.kind, entry.parent, entry.name): entry for entry in found.entries}

    def take(self, raw: Raw) -> None:
        """One object: as it is stored, or by the rules of its kind."""
        known = self.written.get(_spelled(raw.kind.kind, raw.parent, raw.data))
        if known is not None:
            self.result.entries.append(_placed(known, raw.place))
            return
        serializer = self._serializer(raw)
        held = self._held(raw)
        serializer.held = self.found.row(held) if held else None
        try:
            data = _with_kept_secret(raw, serializer.held)
            if plugin_secrets.has_unset(raw.kind.kind, data):
                held_row = self._held_route(raw, serializer, data) if raw.kind.kind == "route" else serializer.held
                data = plugin_secrets.filled(raw.kind.kind, data, held_row, raw.place)
            values = serializer.to_internal_value(_typed(serializer, data))
            entry = self._entry(raw, serializer, values)
        except serializers.ValidationError as error:
            self.problems += problems_of(raw.place, flat_messages(error.detail))
        except DocumentError as error:
            self.problems += error.problems
        else:
            self.result.entries.append(entry)
            self.result.rows[id(entry)] = serializer.row

    def _serializer(self, raw: Raw) -> Alone:
        kind = raw.kind.kind
        if kind not in self.serializers:
            self.serializers[kind] = raw.kind.serializer()
        return self.serializers[kind]

    def _held(self, raw: Raw) -> Entry | None:
        """The stored entry of the same name; routes are told apart later, and no rule of theirs needs it."""
        try:
            name = raw.kind.name(raw.data, raw.parent)
        except (KeyError, StopIteration, TypeError):
            return None
        return None if raw.kind.kind == "route" else self.held.get((raw.kind.kind, raw.parent, name))

    def _held_route(self, raw: Raw, serializer: Alone, data: Mapping[str, Any]) -> Any:
        """The stored route that an object stands for, told by all but its plugins; None for a new one."""
        bare = plugin_secrets.without("route", data)
        identities = self._entry(raw, serializer, serializer.to_internal_value(_typed(serializer, bare))).identities
        for identity in identities:
            found = [one for one in self.found.entries if one.kind == "route" and identity in one.identities]
            if len(found) == 1:
                return self.found.row(found[0])
        return None

    def _entry(self, raw: Raw, serializer: Alone, values: dict[str, Any]) -> Entry:
        if raw.kind.kind in ("key", "basic"):
            self._complete_credential(raw, serializer, values)
        if raw.kind.kind == "route" and "id" in values:
            serializer.row.pk = values["id"]
        canonical = raw.kind.finished(raw.kind.reader.of_values(values))
        name = raw.kind.name(canonical, raw.parent)
        identities = raw.kind.identities(canonical, raw.parent, serializer.row)
        place = Place(raw.place.section, name, raw.place.line)
        kept = raw.kind.kept - raw.data.keys()
        return Entry(raw.kind.kind, name, identities, canonical, raw.parent, place, kept=kept)

    @staticmethod
    def _complete_credential(raw: Raw, serializer: Alone, values: dict[str, Any]) -> None:
        """A credential has a hash: given, made of what was given, or stored already."""
        row, stored_row = serializer.row, serializer.held
        named = "key" if raw.kind.kind == "key" else "password"
        password = values.pop("password", None)
        if password is not None:
            if stored_row is not None and password_hash.is_password_of(password, stored_row.digest):
                row.digest = stored_row.digest
            else:
                row.give_password(password)
            values["digest"] = row.digest
        if not row.digest and stored_row is None:
            asked = [str(value) for value in raw.data.values() if isinstance(value, Unset)]
            told = _("It has none yet: set the variable %s.") % asked[0] if asked else _("Give it, or its hash.")
            raise DocumentError([Problem(raw.place, named, told)])
        if named == "key" and not row.identifier:
            raise DocumentError([Problem(raw.place, "prefix", _("Needed, unless the key itself is given."))])
        if named == "key" and raw.data.get("prefix", row.identifier) != row.identifier:
            raise DocumentError([Problem(raw.place, "prefix", _("The key begins otherwise."))])


def _spelled(kind: str, parent: str, data: Mapping[str, Any]) -> str:
    return json.dumps([kind, parent, data], sort_keys=True)


def _placed(entry: Entry, place: Place) -> Entry:
    return Entry(entry.kind, entry.name, entry.identities, entry.data, entry.parent, place, entry.stays, entry.kept)


def _with_kept_secret(raw: Raw, row: Any) -> dict[str, Any]:
    """The object without what no variable gave; an issuer that names no key keeps the secret it has."""
    data = {name: value for name, value in raw.data.items() if not isinstance(value, Unset)}
    if raw.kind.kind != "issuer" or any(data.get(name) for name in KEY_FIELDS):
        return data
    if row is not None and row.secret:
        return {**data, "secret": Secret(row.secret)}
    asked = raw.data.get("secret")
    if isinstance(asked, Unset):
        told = _("It has none yet: set the variable %s.") % asked
        raise DocumentError([Problem(raw.place, "secret", told)])
    return data


def _typed(serializer: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts from the environment as numbers and booleans, where the field takes those."""
    found = dict(data)
    for name, value in data.items():
        inner = serializer.fields.get(name)
        if isinstance(value, Substituted) and isinstance(inner, _TYPED):
            found[name] = plain_value(value)
        elif isinstance(value, dict) and isinstance(inner, serializers.Serializer):
            found[name] = _typed(inner, value)
    return found


_TYPED = (serializers.IntegerField, serializers.FloatField, serializers.BooleanField)
