"""Names of stored replies: digests, so that they are short, and separated, so that no two requests share one."""

from __future__ import annotations

from hashlib import blake2b

BYTES = 16


def _digest(parts: tuple[bytes, ...]) -> bytes:
    """Lengths go in with the parts, so that moving a byte from one part to the next gives another name."""
    lengths = b",".join(b"%d" % len(part) for part in parts)
    return blake2b(b"".join((lengths, b":", *parts)), digest_size=BYTES).digest()


def address_key(scheme: str, authority: bytes, path: bytes, query: bytes) -> bytes:
    """The name of an address (edge rule C1): what a client sees, whichever route serves it.

    `path` is canonical; a query that is empty is as one that is absent.
    """
    return _digest((scheme.encode(), authority.lower(), path, query))


def reply_key(address: bytes, nonce: bytes, route: bytes, caller: bytes, selected: bytes) -> bytes:
    """The name of one reply to an address.

    `nonce` changes when the address is invalidated, `route` when the route does; `caller` is empty for what all may
    see, `selected` are the values of the fields that `Vary` names.
    """
    return _digest((address, nonce, route, caller, selected))
