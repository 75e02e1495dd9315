"""The body of a batch, read strictly: every mistake is found and named before any part is sent (G-290)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from proxy.batch.part_fields import wrong_field
from proxy.batch.refusal import Refused
from proxy.batch.strict_json import parse_object, text_of
from proxy.error_response import gettext_noop as _
from proxy.http1.fields import Headers

MAX_PARTS = 50
DEFAULT_SECONDS = 30.0
MAX_SECONDS = 300

_FIELDS = {"requests", "timeout_seconds"}
_PART_FIELDS = {"id", "method", "path", "headers", "query", "body", "body_base64"}
_METHOD = re.compile(r"[A-Z]{1,20}")
_PATH = re.compile(r"/[!-\"$->@-~]*(?:\?[!-\"$-~]*)?")
"""Visible ASCII without `#`: what else a path may hold is percent-encoded."""
_QUERY = re.compile(r"[!-\"$-~]*")
_ID_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; `target` is path and query, `headers` have lower-case names."""

    id: str | int
    method: str
    target: bytes
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What the client asked for; `seconds` is how long each part may take."""

    parts: tuple[Part, ...]
    seconds: float


class _RawPart(msgspec.Struct):
    body: msgspec.Raw = msgspec.Raw(b"")


class _RawBatch(msgspec.Struct):
    requests: list[_RawPart]


def parse_batch(document: bytearray, most_depth: int = 32) -> Batch:
    """The batch in `document`; raises `Refused` with everything that is wrong with it.

    `document` is emptied, and its text let go before the parts are made of it: no more than two forms of a body are
    in memory at once.
    """
    text = text_of(document)
    found = parse_object(text, most_depth)
    refusal = Refused()
    for name in sorted(set(found) - _FIELDS):
        refusal.add(name, _("Unknown field."))
    seconds = _seconds(found.get("timeout_seconds"), refusal)
    rows = _rows(found.get("requests"), refusal)
    bodies = _json_bodies(text, rows)
    del text
    parts = [_Reader(f"requests.{place}", row, refusal).part(place, bodies[place]) for place, row in enumerate(rows)]
    _check_ids(parts, refusal)
    if refusal.errors:
        raise refusal
    return Batch(tuple(parts), seconds)


def _rows(value: Any, refusal: Refused) -> list[Any]:
    if not isinstance(value, list):
        refusal.add("requests", _("Must be a list."))
        return []
    if not 1 <= len(value) <= MAX_PARTS:
        refusal.add("requests", _("Must have 1 to %(most)d entries."), {"most": MAX_PARTS})
        return []
    return value


def _seconds(value: Any, refusal: Refused) -> float:
    if value is None:
        return DEFAULT_SECONDS
    if type(value) not in (int, float) or not 0 < value <= MAX_SECONDS:
        refusal.add("timeout_seconds", _("Must be a number above 0 and at most %(most)d."), {"most": MAX_SECONDS})
        return DEFAULT_SECONDS
    return float(value)


def _check_ids(parts: list[Part], refusal: Refused) -> None:
    seen: set[str | int] = set()
    for place, part in enumerate(parts):
        if part.id in seen:
            refusal.add(f"requests.{place}.id", _("This id is given more than once."))
        seen.add(part.id)


def _json_bodies(text: str, rows: list[Any]) -> list[bytes]:
    """JSON bodies are sent byte for byte as they stand in the document: a number must not change on its way."""
    if not (all(isinstance(row, dict) for row in rows) and any(map(_is_json, rows))):
        return [b""] * len(rows)
    try:
        raw = msgspec.json.decode(text, type=_RawBatch).requests
    except (msgspec.DecodeError, RecursionError) as error:  # of half a surrogate pair, which `json` takes
        raise Refused.whole(_("The body is not valid JSON: %s"), error) from None
    return [bytes(found.body) if _is_json(row) else b"" for row, found in zip(rows, raw, strict=True)]


def _is_json(row: Mapping[str, Any]) -> bool:
    return row.get("body") is not None and not isinstance(row["body"], str)


class _Reader:
    """Reads one part and notes what is wrong with it under the name of its place."""

    def __init__(self, place: str, row: Any, refusal: Refused) -> None:
        self._place = place
        self._refusal = refusal
        self._row: dict[str, Any] = row if isinstance(row, dict) else {}
        if not isinstance(row, dict):
            refusal.add(place, _("Must be an object."))
            self._row = {"path": "/"}
        for name in sorted(set(self._row) - _PART_FIELDS):
            self._wrong(name, _("Unknown field."))

    def _wrong(self, field: str, text: str, values: Any = None) -> None:
        self._refusal.add(f"{self._place}.{field}", text, values)

    def part(self, place: int, json_body: bytes) -> Part:
        """The part; without sense where something was wrong."""
        row = self._row
        method = row.get("method", "GET")
        if not isinstance(method, str) or not _METHOD.fullmatch(method):
            self._wrong("method", _("Must be a method such as GET."))
        headers = self._headers(row.get("headers", {}))
        body = self._body(headers) or json_body
        return Part(self._id(row.get("id", place)), method, self._target(), headers, body)

    def _id(self, value: Any) -> str | int:
        if type(value) is int and abs(value) < 2**53:
            return value
        if isinstance(value, str) and len(value) <= _ID_LENGTH and value.isprintable():
            return value
        self._wrong("id", _("Must be a string of at most %(most)d characters, or an integer."), {"most": _ID_LENGTH})
        return id(value)

    def _target(self) -> bytes:
        path, query = self._row.get("path"), self._row.get("query")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            self._wrong("path", _("Must be a path that begins with “/”, percent-encoded where it has to be."))
            return b"/"
        added = self._query(query) if query is not None else ""
        if added and "?" in path:
            self._wrong("query", _("The path has a query already."))
        return (f"{path}?{added}" if added else path).encode("ascii")

    def _query(self, query: Any) -> str:
        """As it is to be sent, or names to values; several values of a name are a list."""
        if isinstance(query, str) and _QUERY.fullmatch(query):
            return query.removeprefix("?")
        if isinstance(query, dict):
            pairs = [(name, value) for name, values in query.items() for value in _listed(values)]
            if all(isinstance(value, str) or type(value) in (int, float) for _name, value in pairs):
                return urlencode([(self._plain(name), self._plain(value)) for name, value in pairs])
        self._wrong("query", _("Must be a percent-encoded string, or an object of strings, numbers and lists of them."))
        return ""

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            self._wrong("query", _("Lone surrogates are not allowed."))
            return ""
        return value

    def _headers(self, value: Any) -> Headers:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self._wrong("headers", _("Must be an object whose values are strings."))
            return []
        headers: Headers = []
        for name, text in value.items():
            if problem := wrong_field(name, text):
                self._wrong(f"headers.{name}", problem)
            else:
                headers.append((name.lower().encode("ascii"), text.strip(" \t").encode("latin-1")))
        if len(dict(headers)) != len(headers):
            self._wrong("headers", _("A header is given more than once."))
        return headers

    def _body(self, headers: Headers) -> bytes:
        """Text and bytes, nothing for a JSON body. Names the kind of what it is if the client has not."""
        body, encoded = self._row.get("body"), self._row.get("body_base64")
        if body is not None and encoded is not None:
            self._wrong("body", _("Give body or body_base64, not both."))
        kind = b"application/json" if body is not None else b""
        found = b""
        if isinstance(body, str):
            kind, found = b"text/plain; charset=utf-8", self._encoded(body)
        elif encoded is not None:
            kind, found = b"application/octet-stream", self._decoded(encoded)
        if kind and all(name != b"content-type" for name, _value in headers):
            headers.append((b"content-type", kind))
        return found

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            self._wrong("body", _("Lone surrogates are not allowed."))
            return b""

    def _decoded(self, encoded: Any) -> bytes:
        try:
            return base64.b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
        except (binascii.Error, ValueError):
            self._wrong("body_base64", _("Must be base64."))
            return b""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
