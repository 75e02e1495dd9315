"""How long a body is and who says so (RFC 9112 section 6).

A length is a number of bytes, or one of the two markers below. Anything two readers could understand differently is
refused: Content-Length beside Transfer-Encoding, several lengths (`fields.by_name`), a coding other than exactly
`chunked`.
"""

from __future__ import annotations

from proxy.http1.errors import MalformedMessage
from proxy.http1.fields import Fields

CHUNKED = -1
"""The body is sent in chunks."""
UNTIL_CLOSE = -2
"""The body ends when the sender closes (responses only)."""
NO_LENGTH = -3
"""No body, and no Content-Length either (204, 304, and HEAD where the length is not known)."""

_DIGITS = frozenset(b"0123456789")
_MAX_LENGTH_DIGITS = 18
"""Any such number fits into 63 bits, which is what an upstream may count with."""


def _content_length(fields: Fields) -> int | None:
    value = fields.get(b"content-length")
    if value is None:
        return None
    if not value or len(value) > _MAX_LENGTH_DIGITS or not _DIGITS.issuperset(value):
        raise MalformedMessage("Content-Length is not a plain number")
    return int(value)


def _is_chunked(fields: Fields) -> bool:
    value = fields.get(b"transfer-encoding")
    if value is None:
        return False
    if value.lower() != b"chunked":
        raise MalformedMessage("Transfer-Encoding is not exactly one `chunked`", 501)
    return True


def request_length(fields: Fields, version: int) -> int:
    """Bytes of a request's body, or `CHUNKED` (section 6.3); `version` is 10 or 11.

    Raises `MalformedMessage` with 400, or 501 for an unknown transfer coding.
    """
    chunked = _is_chunked(fields)
    length = _content_length(fields)
    if not chunked:
        return length or 0
    if length is not None:
        raise MalformedMessage("both Content-Length and Transfer-Encoding")
    if version < 11:
        raise MalformedMessage("Transfer-Encoding in an HTTP/1.0 message")
    return CHUNKED


def response_length(status: int, fields: Fields, version: int, method: str) -> int:
    """Bytes of a response's body, `CHUNKED` or `UNTIL_CLOSE` (section 6.3), given the request's method."""
    chunked = _is_chunked(fields)
    length = _content_length(fields)
    if chunked and length is not None:
        raise MalformedMessage("both Content-Length and Transfer-Encoding")
    if chunked and (version < 11 or status == 204):
        raise MalformedMessage("Transfer-Encoding where it may not be")
    if method == "HEAD" or status in (204, 304):
        return 0
    if chunked:
        return CHUNKED
    return UNTIL_CLOSE if length is None else length
