"""Cross-origin requests: which pages of other origins may call a route from a browser (the Fetch standard, G-300).

A preflight is answered here, before anybody is asked who he is, because browsers send it without credentials. It finds
the route that its Access-Control-Request-Method asks for (`match_route`). Every other answer of the route, whoever
makes it, carries the fields a browser looks for; what an instance says about it itself gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxy.exchange import Exchange
from proxy.http1.fields import Headers, is_token
from proxy.origins import compile_origins
from proxy.reply import Reply
from proxy.snapshot.parts import Parts
from routing.index import accepted_methods
from routing.spec import RouteSpec

NAME = "cors"

_FIELD = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
_ORIGIN = r"^(\*|https?://(\*\.)?[a-z0-9_.-]{1,253}(:[0-9]{1,5})?|https?://\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?)$"
_USUAL_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["allow_origins"],
    "properties": {
        "allow_origins": {
            "description": "Origins whose pages may call: `https://app.example.com`, `https://*.example.com` for every "
            "name below, or `*` for any. Lower case, as browsers send them.",
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": _ORIGIN, "title": "an origin such as https://app.example.com"},
        },
        "allow_methods": {
            "description": "Methods that pages may use; left out: those of the route.",
            "type": "array",
            "maxItems": 50,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": "^[A-Z][A-Z_-]{0,49}$", "title": "a method in capitals"},
        },
        "allow_headers": {
            "description": "Request fields that pages may set; `*` allows whichever the page asks for.",
            "type": "array",
            "maxItems": 100,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": _FIELD, "title": "the name of a field"},
            "default": ["*"],
        },
        "expose_headers": {
            "description": "Fields of the answer that pages may read beside the few that they always may.",
            "type": "array",
            "maxItems": 100,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": _FIELD, "title": "the name of a field"},
            "default": [],
        },
        "allow_credentials": {
            "description": "Whether pages may send cookies; not together with `*` among the origins.",
            "type": "boolean",
            "default": False,
        },
        "max_age_seconds": {
            "description": "How long a browser may remember a preflight's answer; null leaves it to the browser.",
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": 86400,
            "default": 600,
        },
    },
}

_ORIGIN_VARIES = (b"vary", b"Origin")
_PREFLIGHT_VARIES = (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
_THEIRS = b"access-control-"


def check(config: Mapping[str, Any]) -> None:
    """Raises `ValueError` for `*` with credentials.

    A browser ignores `*` for requests with cookies, and sending every origin back as allowed would open every user's
    session to every page.
    """
    if config.get("allow_credentials") and "*" in config["allow_origins"]:
        raise ValueError("allow_credentials needs allow_origins that are named; `*` is not possible with it")


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """Routes without the plugin forward preflights like any OPTIONS."""
    config = route.plugins.get(NAME)
    if config is None:
        return None
    check(config)
    return Cors(config, _methods(route, config))


class Cors:
    """The decision of one route; `match_route` looks for it in the chain of the route a preflight asks about."""

    def __init__(self, config: Mapping[str, Any], methods: bytes) -> None:
        self._allowed = compile_origins(config["allow_origins"])
        self._for_any = "*" in config["allow_origins"]
        self._granted = _granting(config.get("allow_headers", ["*"]))
        common: Headers = [(b"access-control-allow-credentials", b"true")] if config.get("allow_credentials") else []
        exposed = ", ".join(config.get("expose_headers", ())).encode("ascii")
        self._on_answers = [*common, (b"access-control-expose-headers", exposed)] if exposed else common
        self._on_preflights = [(b"access-control-allow-methods", methods), *common]
        max_age = config.get("max_age_seconds", 600)
        if max_age is not None:
            self._on_preflights.append((b"access-control-max-age", b"%d" % max_age))
        self._edits = (self.answer,)

    def __call__(self, exchange: Exchange) -> None:
        """Answers a preflight; otherwise sees to it that whatever answer there will be is edited."""
        request = exchange.request
        assert request is not None
        if is_preflight(request.method, request.fields):
            raise Reply(204, self.preflight(request.fields))
        exchange.reply_edits += self._edits

    def answer(self, exchange: Exchange, status: int, headers: Headers) -> Headers:
        """The fields of an answer with ours for theirs; an origin that may not call finds none of either."""
        assert exchange.request is not None
        kept = [field for field in headers if not field[0].startswith(_THEIRS)]
        if not self._for_any:
            kept.append(_ORIGIN_VARIES)
        origin = self._allowed(exchange.request.fields.get(b"origin", b""))
        if origin:
            kept.append((b"access-control-allow-origin", origin))
            kept += self._on_answers
        return kept

    def preflight(self, fields: Mapping[bytes, bytes]) -> Headers:
        """The fields of the answer to a preflight; whether its method is among ours is the browser's to judge."""
        origin = self._allowed(fields[b"origin"])
        if not origin:
            return [_PREFLIGHT_VARIES]
        granted = self._granted(fields.get(b"access-control-request-headers", b""))
        fitting = [(b"access-control-allow-headers", granted)] if granted else []
        return [_PREFLIGHT_VARIES, (b"access-control-allow-origin", origin), *self._on_preflights, *fitting]


def is_preflight(method: str, fields: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks leave for a request that it has not sent yet (Fetch standard, CORS-preflight request)."""
    return method == "OPTIONS" and b"origin" in fields and b"access-control-request-method" in fields


def _methods(route: RouteSpec, config: Mapping[str, Any]) -> bytes:
    named = config.get("allow_methods")
    if named is None:
        accepted = accepted_methods(route)
        named = _USUAL_METHODS if accepted is None else sorted(accepted - {"OPTIONS"})
    return ", ".join(named).encode("ascii")


def _granting(names: Sequence[str]) -> Callable[[bytes], bytes]:
    """From the names asked for to those granted.

    `*` grants what is asked, as long as they are names: sent as it is, it would not cover Authorization, nor count at
    all for requests with cookies.
    """
    if "*" not in names:
        granted = ", ".join(names).encode("ascii")
        return lambda asked: granted
    return lambda asked: b", ".join(name for part in asked.split(b",") if is_token(name := part.strip(b" \t")))
