"""Which trailer fields may travel on (RFC 9110 section 6.5.1, edge rule F13)."""

from __future__ import annotations

from proxy.forwarding.hop_by_hop import HOP_BY_HOP, HeaderList

_FORBIDDEN = HOP_BY_HOP | {
    b"age", b"authorization", b"cache-control", b"content-encoding", b"content-length", b"content-range",
    b"content-type", b"date", b"expires", b"host", b"location", b"retry-after", b"set-cookie", b"trailer", b"vary",
    b"warning", b"www-authenticate",
}  # fmt: skip


def response_trailers(trailers: HeaderList) -> HeaderList:
    """The fields that neither frame, route, authenticate nor control the message they end."""
    return [field for field in trailers if field[0] not in _FORBIDDEN]
