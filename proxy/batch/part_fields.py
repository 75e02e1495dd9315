"""Which header fields a part may bring along, and which it takes over from the request that carries the batch.

What says how a message is framed, where it goes, how it came or who sent it is never a part's own: it is the same for
all parts, and comes from the outer request, so that nobody gets further with a batch than without (edge rules H1, H4,
H5, B).
"""

from __future__ import annotations

from proxy.error_response import gettext_noop as _
from proxy.forwarding.hop_by_hop import HOP_BY_HOP
from proxy.forwarding.identity import IDENTITY_FIELDS, IDENTITY_PREFIXES
from proxy.forwarding.outgoing import UNTRUSTED_REQUEST_FIELDS, VOUCHED_FIELDS, VOUCHED_PREFIXES
from proxy.http1.fields import Headers, is_token

INHERITED = frozenset((b"authorization", b"forwarded", b"host", b"traceparent", b"tracestate", b"via"))
INHERITED_PREFIX = b"x-forwarded-"
DEFAULTED = frozenset((b"accept-language", b"apikey", b"user-agent", b"x-api-key"))
"""Taken over where a part does not name its own."""

_FORBIDDEN = HOP_BY_HOP | IDENTITY_FIELDS | UNTRUSTED_REQUEST_FIELDS | VOUCHED_FIELDS | INHERITED | {b"trailer"}
_FORBIDDEN_PREFIXES = (*IDENTITY_PREFIXES, *VOUCHED_PREFIXES, INHERITED_PREFIX, b"sec-websocket-", b"proxy-")


def wrong_field(name: str, value: str) -> str:
    """What is wrong with a part's own field, as a text of the catalogue; empty for a good one."""
    if not name.isascii() or not is_token(name.encode("ascii")) or not _is_value(value):
        return _("Not the name and value of a header.")
    plain = name.lower().replace("_", "-").encode("ascii")
    if plain in _FORBIDDEN or plain.startswith(_FORBIDDEN_PREFIXES):
        return _("A part may not set this header.")
    return ""


def _is_value(value: str) -> bool:
    return all(character == "\t" or (" " <= character <= "ÿ" and character != "\x7f") for character in value)


def inherited_fields(outer: Headers, own: Headers) -> Headers:
    """The outer request's fields that count for a part with fields of its `own`."""
    named = {name for name, _value in own}
    return [
        field
        for field in outer
        if field[0] in INHERITED
        or field[0].startswith(INHERITED_PREFIX)
        or (field[0] in DEFAULTED and field[0] not in named)
    ]
