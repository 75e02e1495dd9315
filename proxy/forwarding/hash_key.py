"""The bytes a request is hashed by on a route with the strategy `hash` (G-380)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import unquote_to_bytes

from proxy.cookies import cookie_value
from proxy.exchange import Exchange
from proxy.request import Request
from services.hash_key import parse_hash_key

Part = Callable[[Request], bytes]


def compile_hash_key(text: str) -> Callable[[Exchange], bytes]:
    """Reads the key of a request; one without that part goes by the client's address, so that such requests spread.

    Raises `ValueError` for a text that names no part of a request.
    """
    key = parse_hash_key(text)
    if key.kind == "user":
        return _user
    if key.kind == "address":
        return _address
    part: Part
    if key.kind == "header":
        part = partial(_header, key.name.encode())
    elif key.kind == "cookie":
        part = partial(_cookie, key.name.encode())
    else:
        part = partial(_parameter, key.name.encode())
    return lambda exchange: part(_request(exchange)) or _address(exchange)


def _request(exchange: Exchange) -> Request:
    assert exchange.request is not None
    return exchange.request


def _user(exchange: Exchange) -> bytes:
    """The verified user, or the consumer that called for none; on a route without authentication there is neither."""
    principal = exchange.principal
    if principal is None:
        return _address(exchange)
    return (principal.identity.subject or principal.consumer).encode("utf-8", "surrogatepass")


def _address(exchange: Exchange) -> bytes:
    return _request(exchange).address.encode()


def _header(name: bytes, request: Request) -> bytes:
    return b", ".join(value for known, value in request.headers if known == name)


def _cookie(name: bytes, request: Request) -> bytes:
    return (cookie_value(request.headers, name) or b"") if b"cookie" in request.fields else b""


def _parameter(name: bytes, request: Request) -> bytes:
    """The first parameter of that name, decoded, so that two spellings of one value are one key."""
    for pair in request.query.split(b"&") if request.query else ():
        known, _, value = pair.partition(b"=")
        if _decoded(known) == name:
            return _decoded(value)
    return b""


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text
