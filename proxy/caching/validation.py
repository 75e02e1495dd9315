"""Conditional requests, those of clients and the cache's own (RFC 9111 sections 4.3 and 3.2, RFC 9110 section 13)."""

from __future__ import annotations

import re

from proxy.caching.http_date import http_date
from proxy.http1.fields import Fields, Headers

CONDITIONS = frozenset(
    (b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"if-range", b"range")
)
"""Request fields that ask for less than the whole reply."""

_NOT_UPDATED = frozenset(
    (
        b"age",
        b"content-encoding",
        b"content-length",
        b"content-md5",
        b"content-range",
        b"etag",
        b"set-cookie",
        b"transfer-encoding",
        b"x-request-id",
    )
)
"""Fields of a stored reply that a 304 leaves as they are: they belong to the bytes that are stored with them."""

_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def asks_for_part(fields: Fields) -> bool:
    """Whether a request has a condition or a range."""
    return not CONDITIONS.isdisjoint(fields)


def own_conditions(headers: Headers) -> Headers:
    """The fields that ask whether a stored reply with `headers` still holds; none when it has no validator."""
    asked: Headers = []
    for name, value in headers:
        if name == b"etag":
            asked.append((b"if-none-match", value))
        elif name == b"last-modified" and http_date(value) is not None:
            asked.append((b"if-modified-since", value))
    return asked


def is_not_modified(fields: Fields, stored: Fields) -> bool:
    """Whether the client of a request with `fields` has what is stored already, so that 304 is the answer.

    If-None-Match is compared weakly and comes before If-Modified-Since (RFC 9110 section 13.2.2). Without
    Last-Modified the reply is as old as its Date (RFC 9111 section 4.3.2).
    """
    wanted = fields.get(b"if-none-match")
    if wanted is not None:
        return _matches(wanted, stored.get(b"etag"))
    since = fields.get(b"if-modified-since")
    if since is None:
        return False
    limit = http_date(since)
    changed = http_date(stored.get(b"last-modified") or stored.get(b"date", b""))
    return limit is not None and changed is not None and changed <= limit


def _matches(wanted: bytes, etag: bytes | None) -> bool:
    if wanted.strip() == b"*":
        return True
    if etag is None:
        return False
    own = etag.removeprefix(b"W/")
    return wanted == etag or own in _ENTITY_TAG.findall(wanted)


def range_holds(fields: Fields, stored: Fields) -> bool:
    """Whether `If-Range` lets a range be taken of what is stored (RFC 9110 section 13.1.5): a strong match only."""
    wanted = fields.get(b"if-range")
    if wanted is None:
        return True
    if wanted.startswith(b'"'):
        return wanted == stored.get(b"etag")
    return not wanted.startswith(b"W/") and wanted == stored.get(b"last-modified")


def freshened(stored: Headers, update: Headers) -> Headers:
    """The fields of a stored reply after a 304 with the fields `update` (RFC 9111 section 3.2)."""
    new = [field for field in update if field[0] not in _NOT_UPDATED]
    replaced = {name for name, _value in new}
    return [field for field in stored if field[0] not in replaced] + new
