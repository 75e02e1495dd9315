"""Fields that belong to one connection and end with it (RFC 9110 section 7.6.1; edge rules H1, H2).

`Trailer` is not among them: it announces trailers, which are forwarded, so it is forwarded too (section 6.6.2).
"""

from __future__ import annotations

HeaderList = list[tuple[bytes, bytes]]
"""Fields in the order received: lower-case name, value."""

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    )
)

_ESSENTIAL = frozenset(
    (
        b"age",
        b"authorization",
        b"cache-control",
        b"cookie",
        b"date",
        b"etag",
        b"expires",
        b"forwarded",
        b"host",
        b"last-modified",
        b"location",
        b"origin",
        b"range",
        b"set-cookie",
        b"trailer",
        b"traceparent",
        b"tracestate",
        b"vary",
        b"via",
        b"www-authenticate",
        b"x-request-id",
    )
)
_ESSENTIAL_PREFIXES = (b"accept", b"content-", b"if-", b"sec-", b"x-consumer", b"x-forwarded-", b"x-real-", b"x-user")
MOST_OPTIONS = 100
"""Names of one `Connection` line that are heard: no head has more fields than that by default."""
_NONE: frozenset[bytes] = frozenset()
_USUAL = {b"keep-alive": _NONE, b"close": _NONE, b"Upgrade": _NONE, b"upgrade": _NONE, b"keep-alive, Upgrade": _NONE}


def named_by_connection(value: bytes) -> frozenset[bytes]:
    """The fields a `Connection` value removes.

    A name whose removal would change what the request means or who sent it is ignored: neither side may take
    away what was authorised or what the gateway adds (CVE-2021-32813, CVE-2024-45410).
    """
    usual = _USUAL.get(value)
    if usual is not None:
        return usual
    names = {option.strip(b" \t").lower() for option in value.split(b",", MOST_OPTIONS)[:MOST_OPTIONS]}
    return frozenset(
        name
        for name in names - _ESSENTIAL - HOP_BY_HOP
        if name and name != b"close" and not name.replace(b"_", b"-").startswith(_ESSENTIAL_PREFIXES)
    )


def end_to_end(headers: HeaderList, left_behind: frozenset[bytes] = HOP_BY_HOP) -> HeaderList:
    """The fields that travel on, in their order: those neither in `left_behind` nor named by `Connection`."""
    kept: HeaderList = []
    named = _NONE
    for field in headers:
        name = field[0]
        if name not in left_behind:
            kept.append(field)
        elif name == b"connection":
            named |= named_by_connection(field[1])
    return [field for field in kept if field[0] not in named] if named else kept
