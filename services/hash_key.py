"""By what a route with the strategy `hash` tells requests apart (G-380): the text of its `hash_key`, read."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["user", "address", "header", "cookie", "query"]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
"""RFC 9110 section 5.6.2; cookie names are tokens too (RFC 6265 section 4.1.1)."""


class HashKey(NamedTuple):
    """What part of a request is the key; header names in lower case, other names as written."""

    kind: Kind
    name: str = ""


class InvalidHashKey(ValueError):
    """The text names no part of a request."""


def parse_hash_key(text: str) -> HashKey:
    """`user`, `address`, `header:NAME`, `cookie:NAME` or `query:NAME`; empty is `user`. Raises `InvalidHashKey`."""
    kind, separator, name = text.partition(":")
    if not separator and kind in ("", "user"):
        return HashKey("user")
    if not separator and kind == "address":
        return HashKey("address")
    if kind == "header" and _TOKEN.fullmatch(name):
        return HashKey("header", name.lower())
    if kind == "cookie" and _TOKEN.fullmatch(name):
        return HashKey("cookie", name)
    if kind == "query" and 0 < len(name) <= 100 and name.isprintable():
        return HashKey("query", name)
    raise InvalidHashKey(f"hash_key {text[:100]!r} is not user, address, header:NAME, cookie:NAME or query:NAME")
