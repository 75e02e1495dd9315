"""Values of fields with a few facts of the request in them, such as `$user` or `$route`.

A fact is put in as visible ASCII, everything else in it percent-encoded, so that no name of a caller can end a field
and begin another. `$$` is a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from proxy.exchange import Exchange

Value = Callable[[Exchange], bytes]

VALUE_PATTERN = r"^([!-~]([ \t!-~]*[!-~])?)?$"
"""Of a configured value: visible ASCII, blanks inside only (RFC 9110 section 5.5)."""

_VARIABLE = re.compile(r"\$(\$|[a-z_]+)?")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")


def _encoded(text: str) -> bytes:
    return quote(text, safe=_VISIBLE, errors="replace").encode("ascii")


def _client_address(exchange: Exchange) -> bytes:
    return exchange.request.address.encode("ascii") if exchange.request is not None else b""


def _user(exchange: Exchange) -> bytes:
    return _encoded(exchange.principal.identity.subject) if exchange.principal is not None else b""


def _consumer(exchange: Exchange) -> bytes:
    return _encoded(exchange.principal.consumer) if exchange.principal is not None else b""


def _route(exchange: Exchange) -> bytes:
    return _encoded(exchange.route.spec.name or exchange.route.spec.id) if exchange.route is not None else b""


VARIABLES: dict[str, Value] = {
    "request_id": lambda exchange: exchange.request_id,
    "client_address": _client_address,
    "user": _user,
    "consumer": _consumer,
    "route": _route,
}


def compile_value(template: str) -> Value:
    """A function that fills in a template; a fact that the request lacks is empty.

    Raises `ValueError` for a variable there is not, and for text a field cannot hold.
    """
    if not re.fullmatch(VALUE_PATTERN, template, re.ASCII):
        raise ValueError("a value is visible ASCII without blanks at its ends")
    pieces: list[bytes | Value] = []
    place = 0
    for found in _VARIABLE.finditer(template):
        name = found[1]
        if name != "$" and name not in VARIABLES:
            raise ValueError(f"{found[0]} is none of ${', $'.join(VARIABLES)}; a dollar is written $$")
        pieces += [template[place : found.start()].encode("ascii"), b"$" if name == "$" else VARIABLES[name]]
        place = found.end()
    pieces.append(template[place:].encode("ascii"))
    if all(isinstance(piece, bytes) for piece in pieces):
        constant = b"".join(piece for piece in pieces if isinstance(piece, bytes))
        return lambda exchange: constant
    return lambda exchange: b"".join(
        [piece if isinstance(piece, bytes) else piece(exchange) for piece in pieces]
    ).strip()
