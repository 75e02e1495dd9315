"""A search that is a request: `/users/7`, `GET /users/7`, `GET shop.example.com/users/7`, an address. Pure."""

from __future__ import annotations

import re
import string
from typing import NamedTuple
from urllib.parse import quote

_REQUEST = re.compile(
    r"(?:(?P<method>[A-Za-z]{2,20})\s+)?(?:(?P<scheme>https?)://)?(?P<host>[^\s/?#@]{1,255})?(?P<target>/[^\s#]*)",
    re.ASCII,
)
LONGEST = 2000
_KEPT = "".join(set(string.printable) - set(string.whitespace))


class PathSearch(NamedTuple):
    """What was typed, empty where it was left out. `target` is the path with its query, `path` what to look for."""

    method: str
    scheme: str
    host: str
    target: str
    path: str


def path_search(text: str) -> PathSearch | None:
    """None for what is only text. A host needs a method, a scheme, or a dot in it: `a/b` may be part of a pattern."""
    found = _REQUEST.fullmatch(text.strip()[:LONGEST])
    if found is None:
        return None
    method, scheme, host, target = (part or "" for part in found.groups())
    if host and not (method or scheme or "." in host or ":" in host):
        return None
    return PathSearch(method.upper(), scheme, host.lower(), quote(target, safe=_KEPT), target.partition("?")[0])
