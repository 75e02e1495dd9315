"""The changes of a set as a person reads them: each object by its name, each field before and after.

Before is what the object is now. What the reader may not see or change is told by nothing but its name in the set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from configuration.changesets.drafting import Change, fields_of
from configuration.changesets.item import masked
from configuration.files.plan import DEFAULT, differences, leaves
from configuration.kind import Kind
from configuration.kinds import KINDS
from configuration.lookup import Lookup
from gateway_project.rest import access
from gateway_project.rest.errors import ApiError

Sides = dict[str, dict[str, Any]]
"""Field → {"before", "after"}; `DEFAULT` where a side says nothing of it."""


def told(changes: Sequence[Mapping[str, Any]], caller: Any, *, now: bool = True) -> list[dict[str, Any]]:
    """Each change with `name`, `object_id` and `fields`; as many queries as kinds. Not `now`: no value is compared."""
    known = _known(changes, caller)
    return [_told(one, known.get(one["kind"]), caller, now=now) for one in changes if one["kind"] in KINDS]


def _known(changes: Sequence[Mapping[str, Any]], caller: Any) -> dict[str, Lookup]:
    named: dict[str, list[str]] = defaultdict(list)
    for one in changes:
        if one["action"] != "create" and one["kind"] in KINDS:
            named[one["kind"]].append(_identity(one))
    return {
        name: KINDS[name].lookup(texts, access.visible(caller, KINDS[name].rows())) for name, texts in named.items()
    }


def _identity(change: Mapping[str, Any]) -> str:
    return str(change.get("id") or change.get("name") or "")


def _told(change: Mapping[str, Any], known: Lookup | None, caller: Any, *, now: bool) -> dict[str, Any]:
    kind, row = KINDS[change["kind"]], None
    if known is not None and change["action"] != "create":
        try:
            row = known.one(_identity(change))
        except ApiError:
            row = None
    return {
        "action": change["action"],
        "kind": kind.name,
        "title": kind.title,
        "name": _name(kind, row) if row is not None else _identity(change) or name_of_new(change),
        "object_id": "" if row is None else str(row.pk),
        "fields": _fields(change, kind, row if now and row is not None and access.may_write(caller, row) else None),
    }


def _name(kind: Kind, row: Any) -> str:
    found = kind.natural_key(row)
    return str(row) if found == str(row.pk) else found


def name_of_new(change: Mapping[str, Any]) -> str:
    """What a new object will be called, as far as its data says it."""
    data = change.get("data", {})
    match change["kind"]:
        case "instance":
            return f"{data.get('service_name', '')}/{data.get('instance_id', '')}"
        case "grant":
            holder = next((f"{one}:{data[one]}" for one in ("user", "role", "consumer") if data.get(one)), "")
            return f"{data.get('permission', '')}/{holder}"
        case "credential":
            return f"{data.get('kind', '')} {data.get('consumer', '')}"
    return str(data.get("name") or data.get("permission_code") or data.get("path_pattern") or "")


def _fields(change: Mapping[str, Any], kind: Kind, row: Any) -> Sides:
    data = change.get("data", {})
    before = {} if row is None else _part(kind.document(row), data, _groups(kind, row))
    old, new = _leaves(change, before), _leaves(change, data)
    sides = {}
    for one in differences(before, data, frozenset()):
        sides[one.place] = {"before": old.get(one.place, DEFAULT), "after": new.get(one.place, DEFAULT)}
    return sides


def _leaves(change: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The values by their places, what is secret masked."""
    (hidden,) = masked([{**change, "data": dict(data)}])
    return {".".join(path): value for path, value in leaves(hidden["data"])}


def _groups(kind: Kind, row: Any) -> frozenset[str]:
    """Names of the fields of which an update says a part."""
    return frozenset(one.path[0] for one in fields_of(kind.modification(row, {}).serializer) if len(one.path) > 1)


def _part(document: Mapping[str, Any], data: Mapping[str, Any], groups: frozenset[str]) -> Change:
    """What a document says of the fields of `data`."""
    found: Change = {}
    for name, value in data.items():
        held = document.get(name)
        if name in groups and isinstance(held, dict) and isinstance(value, dict):
            found[name] = {inner: held[inner] for inner in value if inner in held}
        elif name in document:
            found[name] = held
    return found
