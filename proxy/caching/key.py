"""Names of stored replies: digests of the parts with their lengths, so that none can be taken for another."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

BYTES = 16


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=BYTES).digest()


@lru_cache(maxsize=512)  # of at most a request line each
def address_key(scheme: str, authority: bytes, path: bytes, query: bytes) -> bytes:
    """The name of an address (edge rule C1): what a client sees, whichever route serves it.

    `path` is canonical; a query that is empty is as one that is absent.
    """
    lengths = (len(scheme), len(authority), len(path))
    return _digest(b"%d,%d,%d:%b%b%b%b" % (*lengths, scheme.encode(), authority.lower(), path, query))


def reply_key(address: bytes, nonce: bytes, route: bytes, caller: bytes, selected: bytes) -> bytes:
    """The name of one reply to an address.

    `nonce` changes when the address is invalidated, `route` when the route does; `caller` is empty for what all may
    see, `selected` are the values of the fields that `Vary` names.
    """
    lengths = (len(address), len(nonce), len(route), len(caller))
    return _digest(b"%d,%d,%d,%d:%b%b%b%b%b" % (*lengths, address, nonce, route, caller, selected))
