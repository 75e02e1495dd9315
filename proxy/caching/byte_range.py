"""One range of bytes of a reply that is stored whole (RFC 9110 section 14.1.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(rb"bytes[ \t]*=[ \t]*(\d*)-(\d*)", re.IGNORECASE)
_MOST_DIGITS = 18


class ByteRange(NamedTuple):
    """Bytes `first` up to and including `last`; none where `first` is beyond `last`."""

    first: int
    last: int

    @property
    def is_empty(self) -> bool:
        """Whether it cannot be satisfied: answered 416."""
        return self.first > self.last


def byte_range(value: bytes, size: int) -> ByteRange | None:
    """The range asked for of `size` bytes, None for one to be ignored: another unit, several ranges, bad grammar."""
    found = _ONE_RANGE.fullmatch(value)
    if found is None or not (found[1] or found[2]) or max(len(found[1]), len(found[2])) > _MOST_DIGITS:
        return None
    if not found[1]:
        count = min(int(found[2]), size)
        return ByteRange(size - count, size - 1)
    first = int(found[1])
    if not found[2]:
        return ByteRange(first, size - 1)
    last = int(found[2])
    return None if last < first else ByteRange(first, min(last, size - 1))
