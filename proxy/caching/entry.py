"""One stored reply: what is said of it, its fields as they go out, its body."""

from __future__ import annotations

from struct import Struct
from typing import Any
from zlib import crc32

import msgspec

from proxy.caching.age import Moment, current_age

_PRELUDE = Struct("=dII")
"""When the entry ends (`record.py`), then checksum and length of what stands between prelude and body."""


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reply that may be served again. Times are seconds; `wall` and `steady` are when it came (`age.Moment`)."""

    route_id: str
    path: bytes
    tags: tuple[bytes, ...]
    status: int
    reason: bytes
    headers: list[tuple[bytes, bytes]]
    """As they go out, without `Age` and what belongs to one answer only."""
    body_bytes: int
    wall: float
    steady: float
    initial_age: float
    lifetime: float
    stale_while_revalidate: int
    stale_if_error: int
    always_validate: bool
    """`no-cache`: never served before the upstream said that it still holds."""
    never_stale: bool
    """`must-revalidate`, `proxy-revalidate`, `s-maxage`."""
    by_default: bool
    """Fresh by the route's word only: the upstream said nothing, so a request with cookies is not answered with it."""
    keep: float
    """Seconds from its coming after which it is of no use to anybody."""

    def age(self, now: Moment) -> float:
        """Its age in seconds."""
        return current_age(self.initial_age, Moment(self.wall, self.steady), now)

    @property
    def ends_at(self) -> float:
        """The moment of the steady clock from which it may be removed."""
        return self.steady + self.keep


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def encode(entry: Entry, body: bytes) -> bytes:
    """The bytes to be stored."""
    text = _encoder.encode(entry)
    return b"".join((_PRELUDE.pack(entry.ends_at, crc32(text), len(text)), text, body))


def described(stored: Any) -> Entry | None:
    """The description in stored bytes, None for bytes that `encode` did not write."""
    if len(stored) < _PRELUDE.size:
        return None
    _ends, checksum, length = _PRELUDE.unpack_from(stored)
    end = _PRELUDE.size + length
    text = stored[_PRELUDE.size : end]
    if len(text) != length or crc32(text) != checksum:
        return None
    try:
        entry = _decoder.decode(text)
    except msgspec.MsgspecError:
        return None
    return entry if entry.body_bytes == len(stored) - end else None


def body_of(stored: Any, entry: Entry) -> bytes:
    """The body in stored bytes that `described` read."""
    return bytes(stored[len(stored) - entry.body_bytes :])
