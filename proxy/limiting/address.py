"""Which addresses are one client: an IPv4 address, or an IPv6 network of 64 bits, which one customer holds whole."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def client_network(address: str) -> bytes:
    """The key of a client's address; of a text that is no address, the text.

    An IPv4 address in IPv6 notation (`::ffff:192.0.2.1`) is the IPv4 address.
    """
    if ":" not in address:
        return address.encode()
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address.encode()
    return str(found.ipv4_mapped).encode() if found.ipv4_mapped else found.packed[:8].hex(":", 2).encode() + b"::/64"
