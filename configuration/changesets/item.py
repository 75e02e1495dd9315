"""One change of a set: its shape, before anything is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from configuration.kind import Kind
from configuration.kinds import KINDS
from configuration.write import ACTIONS, Action
from gateway_project.rest.errors import BadRequest, field_errors
from gateway_project.rest.messages import WHOLE
from gateway_project.rest.parser import printable
from revisions.documents import MASK
from services import plugin_secrets

FIELDS = ("action", "kind", "id", "name", "data")
MOST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be done with one object."""

    action: Action
    kind: Kind
    identity: str
    """Its natural key or id; empty for a new one."""
    data: Mapping[str, Any]


def items_of(changes: Any) -> list[Item]:
    """The changes of a set. Raises `BadRequest` that names every mistake as `changes.3.kind`."""
    if not isinstance(changes, list) or not 1 <= len(changes) <= MOST:
        text = _("Must be a list of %(least)d to %(most)d entries.") % {"least": 1, "most": MOST}
        raise field_errors({"changes": text})
    items, errors = [], {}
    for place, value in enumerate(changes):
        try:
            items.append(_item(value))
        except BadRequest as refused:
            for name, texts in refused.content["errors"].items():
                errors[f"changes.{place}" if name == WHOLE else f"changes.{place}.{name}"] = texts
    if errors:
        raise field_errors(errors)
    return items


def _item(value: Any) -> Item:
    if not isinstance(value, dict):
        raise field_errors({WHOLE: _("Must be an object.")})
    errors = {printable(name): _("Unknown field.") for name in value.keys() - set(FIELDS)}
    action, kind, data = value.get("action"), value.get("kind"), value.get("data", {})
    if action not in ACTIONS:
        errors["action"] = _("Must be one of: %s.") % ", ".join(ACTIONS)
    if not isinstance(kind, str) or kind not in KINDS:
        errors["kind"] = _("Must be one of: %s.") % ", ".join(KINDS)
    if not isinstance(data, dict) or ("data" in value and action == "delete"):
        errors["data"] = _("Unknown field.") if action == "delete" else _("Must be an object.")
    errors |= _wrong_identity(value, action)
    if errors:
        raise field_errors(errors)
    found = KINDS[cast("str", kind)]
    masked = {f"data.{name}": _("Send what is secret again.") for name in found.secrets if data.get(name) == MASK}
    if masked:
        raise field_errors(masked)
    return Item(cast("Action", action), found, value.get("id") or value.get("name") or "", data)


def _wrong_identity(value: dict[str, Any], action: Any) -> dict[str, str]:
    """An object that is there is named once; a new one has its name in its data."""
    given = [name for name in ("id", "name") if name in value]
    if action not in ACTIONS:
        return {}
    if action == "create":
        return {name: _("Unknown field.") for name in given}
    if len(given) != 1:
        return {"name": _("Name the object, or give its id.")}
    return {} if isinstance(value[given[0]], str) and value[given[0]] else {given[0]: _("Must be a string.")}


def masked(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes without what is secret in them."""
    return [_masked(change) for change in changes]


def _bindings(change: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Configurations of plugins, masked within; whole where an id does not tell which plugin it is."""
    if change["kind"] == "global_plugin":
        name = data.get("name") or change.get("name")
        if "config" not in data:
            return {}
        return {"config": plugin_secrets.masked({name: data["config"]})[name] if name else MASK}
    return {"plugins": plugin_secrets.masked(data["plugins"])} if "plugins" in data else {}


def _masked(change: dict[str, Any]) -> dict[str, Any]:
    secrets = KINDS[change["kind"]].secrets if change["kind"] in KINDS else ()
    data = change.get("data", {})
    hidden = {name: MASK for name in secrets if data.get(name)}
    hidden |= {name: found for name, found in _bindings(change, data).items() if found is not data[name]}
    return {**change, "data": {**change["data"], **hidden}} if hidden else change
