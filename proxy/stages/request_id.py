"""By which id a request is known, in a field of the operator's choosing (G-016, edge rule H12).

Without the plugin every request has an id in X-Request-ID: the client's own where it is safe, else one of ours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from proxy.exchange import Exchange, HeadEdit, ReplyEdit
from proxy.forwarding.outgoing import is_clients_to_set
from proxy.http1.fields import Headers
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "request_id"

USUAL = "X-Request-ID"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "header": {
            "description": "Field that carries the id to the instance and back. The instance gets X-Request-ID too.",
            "type": "string",
            "pattern": "^[A-Za-z0-9-]{1,100}$",
            "title": "the name of a field",
            "default": USUAL,
        },
        "generator": {
            "description": "How an id of ours looks: 32 hexadecimal digits, or a random UUID.",
            "enum": ["hex", "uuid"],
            "default": "hex",
        },
        "echo": {
            "description": "Whether answers tell the id.",
            "type": "boolean",
            "default": True,
        },
        "trust_client": {
            "description": "Whether an id that the client sent in the field is kept, if it is 1 to 64 letters, digits "
            "and hyphens.",
            "type": "boolean",
            "default": True,
        },
    },
}

_SAFE = re.compile(rb"[A-Za-z0-9-]{1,64}")
_OURS = b"x-request-id"


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for a field that is the gateway's own for another purpose."""
    name = config.get("header", USUAL).lower().encode("ascii")
    if name != _OURS and not is_clients_to_set(name):
        raise ValueError(f"header: {name.decode()} cannot carry the id: it is the gateway's own")


def fold(
    route: RouteSpec, parts: Parts, new_uuid: Callable[[], uuid.UUID] = uuid.uuid4
) -> Callable[[Exchange], None] | None:
    """Routes without the plugin keep the usual id."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    name = config.get("header", USUAL).lower().encode("ascii")
    trusts, random = config.get("trust_client", True), config.get("generator", "hex") == "uuid"
    going_up = (_sent_in(name),) if name != _OURS else ()
    on_answers = (_told_in(name) if config.get("echo", True) else _untold(name),)

    def request_id(exchange: Exchange) -> None:
        assert exchange.request is not None
        sent = exchange.request.fields.get(name) if trusts else None
        if sent is not None and _SAFE.fullmatch(sent):
            exchange.request_id = sent
        else:
            exchange.request_id = str(new_uuid()).encode("ascii") if random else exchange.trace_id
        exchange.reply_edits += on_answers
        exchange.head_edits += tuple(edit(exchange.request_id) for edit in going_up)

    return request_id


def _sent_in(name: bytes) -> Callable[[bytes], HeadEdit]:
    def edit_for(request_id: bytes) -> HeadEdit:
        return lambda fields: [*(field for field in fields if field[0] != name), (name, request_id)]

    return edit_for


def _told_in(name: bytes) -> ReplyEdit:
    def edit(exchange: Exchange, status: int, fields: Headers) -> Headers:
        kept = [field for field in fields if field[0] not in (name, _OURS)]
        kept.append((name, exchange.request_id))
        return kept

    return edit


def _untold(name: bytes) -> ReplyEdit:
    return lambda exchange, status, fields: [field for field in fields if field[0] not in (name, _OURS)]
