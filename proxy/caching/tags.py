"""Tags an upstream puts on its replies so that they can be purged together: `Cache-Tag` and `Surrogate-Key`."""

from __future__ import annotations

from proxy.http1.fields import Headers

FIELDS = frozenset((b"cache-tag", b"surrogate-key"))
"""Meant for the cache in front of the upstream, so clients do not see them."""
MOST_TAGS = 128
MOST_BYTES = 128
"""Longer ones are left out, and so is what exceeds `MOST_TAGS`."""


def tags_of(headers: Headers) -> tuple[bytes, ...]:
    """The tags of a reply, each once: separated by commas in the one field, by blanks in the other."""
    found: dict[bytes, None] = {}
    for name, value in headers:
        if name in FIELDS:
            pieces = value.split(b",") if name == b"cache-tag" else value.replace(b",", b" ").split()
            tags = (piece.strip() for piece in pieces)
            found.update((tag, None) for tag in tags if 0 < len(tag) <= MOST_BYTES)
    return tuple(found)[:MOST_TAGS]
