"""An API key of a consumer (G-226)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from permissions.credentials import CredentialError
from proxy import secrets_mask
from proxy.challenges import challenges_of, wants_token
from proxy.errors import unauthenticated
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.request import Request
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "key_auth"

DEFAULT_HEADERS = ("x-api-key", "apikey")
_OTHERS = frozenset(("authorization", "connection", "content-length", "cookie", "host", "transfer-encoding"))

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "header_names": {
            "description": "Header fields that may hold the key; the first that is there counts.",
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
            "maxItems": 8,
            "default": list(DEFAULT_HEADERS),
        },
        "query_names": {
            "description": "Query parameters that may hold the key, looked at when no header does.",
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
            "maxItems": 8,
            "default": [],
        },
        "hide_credentials": {
            "description": "Whether these headers and parameters are kept from the instance.",
            "type": "boolean",
            "default": True,
        },
    },
}


def check(config: dict[str, Any]) -> None:
    """Raises `ValueError` where no key could be shown, or where a field has another meaning."""
    headers = config.get("header_names", DEFAULT_HEADERS)
    if not headers and not config.get("query_names"):
        raise ValueError("header_names and query_names are both empty: name at least one place for the key")
    taken = sorted({name.lower() for name in headers} & _OTHERS)
    if taken:
        raise ValueError(
            f"header_names: {', '.join(taken)} has another meaning: name a header of its own, as x-api-key"
        )


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """A route that binds it demands a key, unless another way in is open."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    has_other_way = wants_token(route) or "basic_auth" in route.plugins
    place = KeyPlace(config, hides_authorization=has_other_way)
    challenges = challenges_of(route)
    table, principals = parts.credentials, parts.principals

    def key_auth(exchange: Exchange) -> None:
        assert exchange.request is not None
        try:
            key = place.find(exchange.request)
            if key is None:
                if has_other_way:
                    return
                raise CredentialError("no API key")
            now = time.time()
            shown = b"\0key\0" + key
            principal = principals.get(shown, now)
            if principal is None:
                principal = principals.put_credential(shown, table.of_key(key.decode("latin-1"), now), now)
        except CredentialError as error:
            raise unauthenticated(str(error), challenges) from None
        exchange.principal = principal
        place.hide(exchange)

    return key_auth


class KeyPlace:
    """Where a request shows its key, and how it is taken away before the instance sees it."""

    def __init__(self, config: dict[str, Any], *, hides_authorization: bool) -> None:
        """`hides_authorization`: the route reads that field, so one that came along unread must not look verified."""
        self._headers = tuple(name.lower().encode() for name in config.get("header_names", DEFAULT_HEADERS))
        self._parameters = frozenset(config.get("query_names", ()))
        self._hides = config.get("hide_credentials", True)
        hidden = self._headers if self._hides else ()
        self._hidden = frozenset((*hidden, b"authorization") if hides_authorization else hidden)
        for name in self._parameters:
            secrets_mask.mask_parameter(name)

    def find(self, request: Request) -> bytes | None:
        """The key that is shown, None where there is none. Raises `CredentialError` for two in one place."""
        for name in self._headers:
            if name in request.fields:
                return _single([value for known, value in request.headers if known == name])
        if self._parameters and request.query:
            values = [value for pair in request.query.split(b"&") if (value := self._value(pair)) is not None]
            return _single(values) if values else None
        return None

    def hide(self, exchange: Exchange) -> None:
        """Keeps what was read from going up."""
        if self._hidden:
            exchange.head_edits = (*exchange.head_edits, self._without)
        if self._hides and self._parameters:
            assert exchange.request is not None
            query = exchange.request.query if exchange.upstream_query is None else exchange.upstream_query
            kept = [pair for pair in query.split(b"&") if self._value(pair) is None]
            exchange.upstream_query = b"&".join(kept)

    def _without(self, headers: Headers) -> Headers:
        return [field for field in headers if field[0] not in self._hidden]

    def _value(self, pair: bytes) -> bytes | None:
        name, _, value = pair.partition(b"=")
        is_ours = unquote_plus(name.decode("latin-1"), "latin-1") in self._parameters
        return unquote_plus(value.decode("latin-1"), "latin-1").encode("latin-1") if is_ours else None


def _single(values: list[bytes]) -> bytes:
    if len(values) != 1:
        raise CredentialError("more than one API key")
    return values[0]
