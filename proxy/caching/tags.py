"""Tags an upstream puts on its replies so that they can be purged together: `Cache-Tag` and `Surrogate-Key`."""

from __future__ import annotations

import re

from proxy.http1.fields import Headers

FIELDS = frozenset((b"cache-tag", b"surrogate-key"))
"""Meant for the cache in front of the upstream, so clients do not see them."""
MOST_TAGS = 128
MOST_BYTES = 128
"""Longer ones are left out, and so is what exceeds `MOST_TAGS`."""

_BETWEEN = {b"cache-tag": re.compile(rb"\s*,\s*"), b"surrogate-key": re.compile(rb"[\s,]+")}


def tags_of(headers: Headers) -> tuple[bytes, ...]:
    """The tags of a reply, each once: separated by commas in the one field, by blanks in the other."""
    found: dict[bytes, None] = {}
    for name, value in headers:
        between = _BETWEEN.get(name)
        if between is not None:
            found.update((tag, None) for tag in between.split(value.strip()) if 0 < len(tag) <= MOST_BYTES)
    return tuple(found)[:MOST_TAGS]
