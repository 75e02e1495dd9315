"""Fields set, added, removed and renamed on the way up and on the way down (edge rules H1, H5, F8).

What frames a message, belongs to one connection or tells the instance who asked and how is the gateway's own: a
configuration that names such a field is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from proxy.exchange import Exchange
from proxy.field_templates import VALUE_PATTERN, Value, compile_value
from proxy.forwarding.hop_by_hop import HOP_BY_HOP
from proxy.forwarding.outgoing import is_clients_to_set
from proxy.http1.fields import Headers
from proxy.secret_fields import SECRET_FIELD
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "change_headers"

_FIELD = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
_NAME = {"type": "string", "pattern": _FIELD, "title": "the name of a field"}
_VALUE = {
    "type": "string",
    "maxLength": 2000,
    "pattern": VALUE_PATTERN,
    "title": "visible ASCII without blanks at its ends",
}
_VALUES = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": _NAME,
    "patternProperties": {SECRET_FIELD: {**_VALUE, "writeOnly": True}},
    "additionalProperties": _VALUE,
    "default": {},
}
_CHANGES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "remove": {
            "description": "Names of fields to leave out.",
            "type": "array",
            "maxItems": 50,
            "items": _NAME,
            "default": [],
        },
        "rename": {
            "description": "Old name → new name; what the message has under the new name gives way.",
            "type": "object",
            "maxProperties": 50,
            "propertyNames": _NAME,
            "additionalProperties": _NAME,
            "default": {},
        },
        "set": {"description": "Name → value, in place of what the message has.", **_VALUES},
        "add": {"description": "Name → value, beside what the message has.", **_VALUES},
    },
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "request": {"description": "Changes of what the instance gets.", **_CHANGES},
        "response": {"description": "Changes of every answer from here on, also the gateway's own.", **_CHANGES},
    },
}

_OF_THE_GATEWAY = HOP_BY_HOP | {b"content-length", b"content-encoding", b"date", b"trailer"}
_ONCE = frozenset((b"authorization", b"content-type", b"etag", b"last-modified", b"location"))
"""Two of one of these are read differently by different readers (RFC 9110 section 5.3)."""


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a field that is not the operator's to change, and for an unknown variable."""
    _compile(config.get("request", {}), "request", is_clients_to_set)
    _compile(config.get("response", {}), "response", lambda name: name not in _OF_THE_GATEWAY)


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """One edit for each way that is configured; they run after those of the stages before."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    up = _compile(config.get("request", {}), "request", is_clients_to_set)
    down = _compile(config.get("response", {}), "response", lambda name: True)

    def change_headers(exchange: Exchange) -> None:
        if up is not None:
            exchange.head_edits += (lambda fields: up(exchange, fields),)
        if down is not None:
            exchange.reply_edits += (lambda exchange, status, fields: down(exchange, fields),)

    return change_headers


Edit = Callable[[Exchange, Headers], Headers]


def _compile(changes: Mapping[str, Any], where: str, allowed: Callable[[bytes], bool]) -> Edit | None:
    """The edit of one way, in the order remove, rename, set, add; None where there is nothing to do."""
    removed = _names(changes.get("remove", ()))
    renamed = {_name(old): _name(new) for old, new in changes.get("rename", {}).items()}
    put = {_name(name): compile_value(value) for name, value in changes.get("set", {}).items()}
    added = [(_name(name), compile_value(value)) for name, value in changes.get("add", {}).items()]
    touched = {*removed, *renamed, *renamed.values(), *put, *(name for name, _value in added)}
    refused = sorted(name.decode() for name in touched if not allowed(name))
    if refused:
        raise ValueError(f"{where}: {', '.join(refused)} cannot be changed: it is the gateway's own")
    doubled = sorted(name.decode() for name, _value in added if name in _ONCE)
    if doubled:
        raise ValueError(f"{where}.add: {', '.join(doubled)} may stand only once in a message; use set")
    if not touched:
        return None
    fresh: list[tuple[bytes, Value]] = [*put.items(), *added]

    def edit(exchange: Exchange, fields: Headers) -> Headers:
        kept = [field for field in fields if field[0] not in removed]
        if renamed:
            kept = _renamed(kept, renamed)
        if put:
            kept = [field for field in kept if field[0] not in put]
        kept += [(name, value) for name, make in fresh if (value := make(exchange))]
        return kept

    return edit


def _renamed(fields: Headers, renamed: Mapping[bytes, bytes]) -> Headers:
    """Only a name that is there to be renamed takes the place of another."""
    taken = {renamed[name] for name, _value in fields if name in renamed}
    return [(renamed.get(name, name), value) for name, value in fields if name in renamed or name not in taken]


def _names(names: Iterable[str]) -> set[bytes]:
    return {_name(name) for name in names}


def _name(name: str) -> bytes:
    return name.lower().encode("ascii")
