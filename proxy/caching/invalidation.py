"""Which addresses a change makes doubtful (RFC 9111 section 4.4)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from proxy.caching.key import address_key
from proxy.http1.fields import Headers
from routing.path import PathError, canonicalise

SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))


def changes_something(method: str, status: int) -> bool:
    """Whether a request of this method, answered with this status, may have changed what an address holds."""
    return method not in SAFE and 200 <= status < 400


def doubtful(scheme: str, authority: bytes, path: bytes, query: bytes, headers: Headers) -> list[bytes]:
    """Names of the addresses to forget: the request's, and those of the same origin that its reply names."""
    keys = [address_key(scheme, authority, path, query)]
    target = path + b"?" + query if query else path
    base = f"{scheme}://{authority.decode('latin-1')}{target.decode('latin-1')}"
    for name, value in headers:
        if name in (b"location", b"content-location"):
            key = _same_origin(base, value.decode("latin-1"))
            if key is not None:
                keys.append(key)
    return keys


def _same_origin(base: str, reference: str) -> bytes | None:
    try:
        own, found = urlsplit(base), urlsplit(urljoin(base, reference))
        if (found.scheme, found.netloc.lower()) != (own.scheme, own.netloc.lower()):
            return None
        path = canonicalise((found.path or "/").encode("latin-1")).path
    except (ValueError, PathError, UnicodeEncodeError):
        return None
    return address_key(found.scheme, found.netloc.encode("latin-1"), path, found.query.encode("latin-1"))
