"""What the client is told of each part: JSON as JSON, text as text, the rest as base64."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from proxy.http1.fields import Headers

_HIDDEN = frozenset((b"content-length", b"connection", b"transfer-encoding"))
"""They framed the answer on its way here; in the document it has another length."""


def part_answer(id_: str | int, status: int, headers: Headers, body: bytes) -> dict[str, Any]:
    """One entry of `responses`."""
    entry: dict[str, Any] = {"id": id_, "status": status, "headers": _shown(headers)}
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    encoded = any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers)
    shown = None if encoded else json_of(body, kind) or _text(body)
    if shown is None:
        entry["body_base64"] = body  # which is how bytes are written in JSON
    else:
        entry["body"] = shown if body else None
    return entry


def json_of(body: bytes, kind: bytes) -> msgspec.Raw | None:
    """The body as it stands if it says that it is JSON and is."""
    media = kind.partition(b";")[0].strip().lower()
    if media != b"application/json" and not media.endswith(b"+json"):
        return None
    try:
        body.decode("utf-8")
        return msgspec.json.decode(body, type=msgspec.Raw).copy()
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return None


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _shown(headers: Headers) -> dict[str, str | list[str]]:
    """Names to values; repeated ones are joined as RFC 9110 section 5.3 says, but Set-Cookie is always a list."""
    shown: dict[str, str | list[str]] = {}
    for name, values in _grouped(headers).items():
        shown[name] = values if name == "set-cookie" else ", ".join(values)
    return shown


def _grouped(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        if name not in _HIDDEN:
            grouped.setdefault(name.decode("ascii"), []).append(value.decode("latin-1"))
    return grouped
