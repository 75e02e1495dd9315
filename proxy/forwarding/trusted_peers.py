"""The proxies in front of the gateway whose word about the client is believed (G-344, edge rule H4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_MOST_REMEMBERED = 4096
_ADDRESS_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")


def parse_address(text: str) -> str:
    """An IP address in its shortest spelling, without brackets, port and zone; empty when it is not one.

    An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) comes back as IPv4.
    """
    text = text.strip(' \t"')
    with_port = _ADDRESS_WITH_PORT.fullmatch(text)
    if with_port is not None:
        text = with_port[1] or with_port[2] or ""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return ""
        return str(address.ipv4_mapped or address)
    return str(address)


class TrustedPeers:
    """A set of networks. Raises `ValueError` for one that does not parse."""

    __slots__ = ("_known", "_networks")

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(text, strict=False) for text in networks]
        self._known: dict[str, bool] = {}

    def trusts(self, address: str) -> bool:
        """Whether `address` lies in one of the networks; False for what is not an IP address."""
        if not self._networks:
            return False
        known = self._known.get(address)
        if known is None:
            parsed = parse_address(address)
            known = bool(parsed) and any(ip_address(parsed) in network for network in self._networks)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[address] = known
        return known
