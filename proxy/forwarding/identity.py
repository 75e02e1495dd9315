"""Who the request is for, told to the upstream (G-322, edge rule H5).

Every field below is removed from what the client sent, in every spelling an upstream might read as the same
(letter case, `_` for `-`), and set only from what was authenticated. What the identity lacks is absent.

Values are visible ASCII: other characters, and in lists the comma, are percent-encoded as UTF-8, and so is `%`
itself, so the upstream gets the exact text back by decoding once.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from proxy.forwarding.hop_by_hop import HeaderList

IDENTITY_FIELDS = frozenset(
    (
        b"x-anonymous-consumer",
        b"x-authenticated-groups",
        b"x-authenticated-userid",
        b"x-consumer",
        b"x-groups",
        b"x-permission",
        b"x-permissions",
        b"x-role",
        b"x-roles",
        b"x-user",
    )
)
IDENTITY_PREFIXES = (b"x-consumer-", b"x-credential-", b"x-user-")

MAX_VALUE_BYTES = 4096
"""A longer list of permissions or roles is left out whole: upstreams refuse such heads, and half a list would lie."""

_IN_TEXT = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")
_IN_LIST = _IN_TEXT.replace(",", "")


def identity_headers(
    subject: str = "",
    consumer: str = "",
    permissions: Iterable[str] = (),
    roles: Iterable[str] = (),
    credential: str = "",
) -> HeaderList:
    """The fields for one identity, worth keeping beside it; an empty value gives no field, lists are sorted."""
    fields = (
        (b"x-user-id", quote(subject, safe=_IN_TEXT, errors="replace")),
        (b"x-consumer", quote(consumer, safe=_IN_TEXT, errors="replace")),
        (b"x-credential-identifier", quote(credential, safe=_IN_TEXT, errors="replace")),
        (b"x-permissions", _list_value(permissions)),
        (b"x-roles", _list_value(roles)),
    )
    return [(name, value.encode("ascii")) for name, value in fields if 0 < len(value) <= MAX_VALUE_BYTES]


def _list_value(items: Iterable[str]) -> str:
    return ",".join(quote(item, safe=_IN_LIST, errors="replace") for item in sorted(items) if item)
