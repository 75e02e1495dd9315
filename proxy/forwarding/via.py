"""The `Via` trail and the loops it shows (RFC 9110 section 7.6.3; edge rule H3)."""

from __future__ import annotations

from proxy.forwarding.hop_by_hop import HeaderList

MOST_PASSES = 3
"""Times one request may pass this gateway: an aggregating route calls itself once on purpose."""


def via_value(pseudonym: str, version: bytes = b"1.1") -> bytes:
    """Our own entry."""
    return version + b" " + pseudonym.encode("ascii")


def is_loop(headers: HeaderList, pseudonym: str) -> bool:
    """Whether the request has been here `MOST_PASSES` times already. Ask only when there is a `via` field."""
    own = pseudonym.encode("ascii").lower()
    passes = 0
    for name, value in headers:
        if name == b"via":
            for entry in value.lower().split(b","):
                words = entry.split()
                passes += len(words) > 1 and words[1] == own
    return passes >= MOST_PASSES
