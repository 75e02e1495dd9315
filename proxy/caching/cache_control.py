"""`Cache-Control` taken apart (RFC 9111 section 5.2, RFC 5861, section 5.2.2.3 for must-understand)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

MOST_SECONDS = 2**31
"""Longer times count as this long (RFC 9111 section 1.2.2)."""

_DIRECTIVE = re.compile(rb'([^\s=,"]+)\s*(?:=(?:"((?:[^"\\]|\\.)*)"|([^,]*)))?[^,]*')
_NONE: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheControl:
    """The directives of a request or a reply; times are seconds, None where a directive is absent.

    A time that cannot be read counts as 0, and of two for one directive the shorter counts, so that doubt makes a reply
    stale (section 4.2.1).
    """

    max_age: int | None = None
    s_maxage: int | None = None
    min_fresh: int | None = None
    max_stale: int | None = None
    """Without a value: `MOST_SECONDS`."""
    stale_while_revalidate: int | None = None
    stale_if_error: int | None = None
    no_store: bool = False
    no_cache: bool = False
    """True only without field names; those are in `unstored`."""
    private: bool = False
    """As `no_cache`."""
    public: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    only_if_cached: bool = False
    unstored: frozenset[bytes] = _NONE
    """Fields that `no-cache="…"` and `private="…"` name: they are left out of what is stored."""


NOTHING_SAID = CacheControl()

_TIMES = {
    b"max-age": "max_age",
    b"s-maxage": "s_maxage",
    b"min-fresh": "min_fresh",
    b"max-stale": "max_stale",
    b"stale-while-revalidate": "stale_while_revalidate",
    b"stale-if-error": "stale_if_error",
}
_FLAGS = {
    b"no-store": "no_store",
    b"public": "public",
    b"must-revalidate": "must_revalidate",
    b"proxy-revalidate": "proxy_revalidate",
    b"must-understand": "must_understand",
    b"only-if-cached": "only_if_cached",
}
_FLAGS_OR_FIELDS = {b"no-cache": "no_cache", b"private": "private"}


LONGEST_REMEMBERED = 256
"""Bytes of a value that is taken apart once; a client may send any number of long ones."""


def cache_control(value: bytes) -> CacheControl:
    """The directives in a field value, of which repeated lines were joined with commas."""
    return _remembered(value) if len(value) <= LONGEST_REMEMBERED else _parse(value)


@lru_cache(maxsize=2048)
def _remembered(value: bytes) -> CacheControl:
    return _parse(value)


def _parse(value: bytes) -> CacheControl:
    found: dict[str, int] = {}
    unstored: set[bytes] = set()
    for match in _DIRECTIVE.finditer(value):
        name, quoted, plain = match[1].lower(), match[2], match[3]
        argument = plain if quoted is None else quoted
        if name in _TIMES:
            key, seconds = _TIMES[name], _seconds(name, argument)
            found[key] = min(found.get(key, MOST_SECONDS), seconds)
        elif name in _FLAGS:
            found[_FLAGS[name]] = True
        elif name in _FLAGS_OR_FIELDS:
            fields = _field_names(argument)
            unstored |= fields
            if not fields:
                found[_FLAGS_OR_FIELDS[name]] = True
    return CacheControl(**found, unstored=frozenset(unstored)) if found or unstored else NOTHING_SAID  # type: ignore[arg-type]


def cache_control_of(headers: Iterable[tuple[bytes, bytes]]) -> CacheControl:
    """The directives of a message, from its fields with lower-case names."""
    values = [value for name, value in headers if name == b"cache-control"]
    if not values:
        return NOTHING_SAID
    return cache_control(values[0] if len(values) == 1 else b",".join(values))


def _seconds(name: bytes, argument: bytes | None) -> int:
    if argument is None:
        return MOST_SECONDS if name == b"max-stale" else 0
    digits = argument.rstrip(b" \t")
    if not digits.isdigit():
        return 0
    return min(int(digits[:20]), MOST_SECONDS) if len(digits) < 20 else MOST_SECONDS


def _field_names(argument: bytes | None) -> set[bytes]:
    if not argument:
        return set()
    return {name for part in argument.split(b",") if (name := part.strip().lower())}
