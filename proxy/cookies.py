"""Reading cookies of a request (RFC 6265)."""

from __future__ import annotations

from proxy.http1.fields import Headers


def cookie_value(headers: Headers, name: bytes) -> bytes | None:
    """The first cookie of that name: the most specific one is sent first (section 5.4). None when there is none."""
    for line in (value for known, value in headers if known == b"cookie"):
        for pair in line.split(b";"):
            known, separator, value = pair.strip().partition(b"=")
            if separator and known == name:
                return value
    return None
