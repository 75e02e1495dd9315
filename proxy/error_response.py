"""The gateway's own replies: the envelope of the control plane, in the language the client prefers (G-001, G-005).

The texts come from the project's one translation catalogue, read with the standard library because workers do not
load Django. Bodies are made once for each code, language and detail.
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from gateway_project.rest.codes import Code
from proxy.errors import GatewayError, Values
from proxy.http1.fields import Headers

_LOCALE = Path(__file__).resolve().parent.parent / "gateway_project" / "locale"


def gettext_noop(message: str) -> str:
    """Marks a text for `makemessages`; it is translated when it is used."""
    return message


MESSAGES: dict[str, str] = {
    Code.BAD_REQUEST: gettext_noop("The request is invalid."),
    Code.UNAUTHENTICATED: gettext_noop("Missing or invalid access token."),
    Code.FORBIDDEN: gettext_noop("Permission denied."),
    Code.NOT_FOUND: gettext_noop("No route matches this request."),
    Code.METHOD_NOT_ALLOWED: gettext_noop("This method is not allowed here."),
    Code.REQUEST_TIMEOUT: gettext_noop("The request did not arrive in time."),
    Code.TOO_LARGE: gettext_noop("The request body is too large."),
    Code.URI_TOO_LONG: gettext_noop("The request line is too long."),
    Code.TOO_MANY_REQUESTS: gettext_noop("Too many requests, retry in %(seconds)d seconds."),
    Code.HEADERS_TOO_LARGE: gettext_noop("The request header is too large."),
    Code.INTERNAL: gettext_noop("Internal error."),
    Code.NOT_IMPLEMENTED: gettext_noop("This is not implemented."),
    Code.UPSTREAM_ERROR: gettext_noop("The upstream service failed."),
    Code.NO_INSTANCE: gettext_noop("The service has no available instance."),
    Code.CIRCUIT_OPEN: gettext_noop("The circuit breaker of the service is open, retry in %(seconds)d seconds."),
    Code.LIMITS_UNAVAILABLE: gettext_noop("Rate limits cannot be judged now, retry later."),
    Code.TIMEOUT: gettext_noop("The gateway timed out."),
}
"""The English text of each code, which is also its key in the catalogue; `GatewayError.values` fill it in."""

_REASONS = {
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    414: b"URI Too Long",
    417: b"Expectation Failed",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    505: b"HTTP Version Not Supported",
}


_MOST_READ = 1000
"""Bytes of Accept-Language that are looked at."""


def prefers_english(accept_language: bytes) -> bool:
    """Whether English is asked for before Chinese; quality values decide, then the order written (RFC 9110 §12.5.4)."""
    best: dict[str, float] = {}
    for place, part in enumerate(accept_language[:_MOST_READ].decode("latin-1").lower().split(",")):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().split("-")[0]
        try:
            quality = float(parameter.partition("=")[2]) if parameter.strip().startswith("q=") else 1.0
        except ValueError:
            continue
        best.setdefault(language, quality - place * 1e-6 if quality > 0 else 0.0)
    return best.get("en", 0.0) > best.get("zh", 0.0)


def translation(accept_language: bytes | None) -> Callable[[str], str]:
    """From an English text of the catalogue to that text in the language the client prefers."""
    return _translation(bool(accept_language) and prefers_english(accept_language or b"")).gettext


@lru_cache(maxsize=2)
def _translation(english: bool) -> gettext.NullTranslations:
    if english:
        return gettext.NullTranslations()
    return gettext.translation("django", _LOCALE, languages=["zh_Hant"], fallback=True)


@lru_cache(maxsize=256)
def _body(code: Code, english: bool, detail: str, values: Values) -> bytes:
    message = _translation(english).gettext(MESSAGES[code])
    if values:
        message %= dict(values)
    content = {"errors": {"request": [detail]}} if detail else {}
    return json.dumps({"code": code, "msg": message, "content": content}, ensure_ascii=False).encode()


def _body_naming(error: GatewayError, english: bool) -> bytes:
    """Every mistake under its place: never twice the same, so not remembered."""
    errors: dict[str, list[str]] = {}
    for place, text in error.errors:
        errors.setdefault(place, []).append(text)
    document = {
        "code": error.code,
        "msg": _translation(english).gettext(MESSAGES[error.code]),
        "content": {"errors": errors},
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def error_response(error: GatewayError, accept_language: bytes | None) -> tuple[int, bytes, Headers, bytes]:
    """Status, reason phrase, headers and body for `error`.

    Only what a client did wrong itself is explained to it; the rest is in the access record. `no-store` keeps shared
    caches from serving an error of the gateway to somebody else (edge rule C5).
    """
    explained = error.reason if error.source == "client" and error.code in _EXPLAINED else ""
    english = bool(accept_language) and prefers_english(accept_language or b"")
    body = _body_naming(error, english) if error.errors else _body(error.code, english, explained, error.values)
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *error.headers]
    return error.status, _REASONS.get(error.status, b"Error"), headers, body


_EXPLAINED = frozenset(
    (
        Code.BAD_REQUEST,
        Code.METHOD_NOT_ALLOWED,
        Code.REQUEST_TIMEOUT,
        Code.TOO_LARGE,
        Code.URI_TOO_LONG,
        Code.HEADERS_TOO_LARGE,
        Code.NOT_IMPLEMENTED,
    )
)
