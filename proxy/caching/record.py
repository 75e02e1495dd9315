"""The small records beside the replies: what is known of an address, and who is fetching what.

Every value on the shelf begins with the moment of the steady clock from which it may be removed, in eight bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Literal, NamedTuple

ADDRESS, FLIGHT, GENERATION, REPLY = b"a", b"f", b"g", b"r"
"""First bytes of the keys of the four kinds of value."""
NONCE_BYTES = 8

_ENDS = Struct("=d")
_FLIGHT = Struct("=dc8s")
_HELD, _PASSED = b"H", b"P"

State = Literal["free", "held", "passing"]
"""Nobody fetches; somebody does, so wait; it was found not to be storable, so everybody fetches for himself."""


def ends_at(value: Any) -> float:
    """The end of any value on the shelf; one that is too short to have an end has ended."""
    return float(_ENDS.unpack_from(value)[0]) if len(value) >= _ENDS.size else 0.0


class Address(NamedTuple):
    """What is known of an address: `nonce` is part of its replies' keys, `names` are the fields they vary by."""

    ends_at: float
    nonce: bytes
    names: tuple[bytes, ...]

    def encode(self) -> bytes:
        """The bytes to be stored."""
        return _ENDS.pack(self.ends_at) + self.nonce + b",".join(self.names)


def address(value: Any) -> Address | None:
    """The record in a stored value, None where there is none."""
    if value is None or len(value) < _ENDS.size + NONCE_BYTES:
        return None
    nonce, names = bytes(value[_ENDS.size : _ENDS.size + NONCE_BYTES]), bytes(value[_ENDS.size + NONCE_BYTES :])
    return Address(ends_at(value), nonce, tuple(names.split(b",")) if names else ())


def held(until: float, token: bytes) -> bytes:
    """The record of whoever fetches, by his token of eight bytes."""
    return _FLIGHT.pack(until, _HELD, token)


def passed(until: float) -> bytes:
    """The record that nobody need wait."""
    return _FLIGHT.pack(until, _PASSED, b"")


def flight(value: Any, now: float) -> tuple[State, bytes]:
    """What a stored value says of a flight at `now`, and whose it is."""
    if value is None or len(value) != _FLIGHT.size:
        return "free", b""
    until, kind, token = _FLIGHT.unpack(value)
    if not until > now:
        return "free", b""
    return ("held" if kind == _HELD else "passing"), token
