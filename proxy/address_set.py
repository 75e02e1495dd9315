"""A set of networks that tells at once whether an address lies in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from proxy.forwarding.trusted_peers import parse_address

MOST_REMEMBERED = 4096
_MAPPED = int(ip_address("::ffff:0.0.0.0"))


class AddressSet:
    """IPv4 written as IPv6 (`::ffff:192.0.2.1`) is IPv4, in the set and in the question.

    Raises `ValueError` for a text that is no network, and for one with bits set beyond its prefix: whoever wrote
    `10.0.0.1/8` meant either the address or the network.
    """

    __slots__ = ("_by_length", "_known")

    def __init__(self, networks: Iterable[str]) -> None:
        found: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            network = _unmapped(ip_network(text))
            shift = network.max_prefixlen - network.prefixlen
            found.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
        self._by_length = tuple((version, shift, frozenset(bases)) for (version, shift), bases in found.items())
        self._known: dict[str, bool] = {}

    def __contains__(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            known = self._look_up(address)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[address] = known
        return known

    def _look_up(self, address: str) -> bool:
        parsed = parse_address(address)
        if not parsed:
            return False
        found = ip_address(parsed)
        number = int(found)
        return any(number >> shift in bases for version, shift, bases in self._by_length if version == found.version)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if network.version == 6 and network.prefixlen >= 96 and int(network.network_address) >> 32 == _MAPPED >> 32:
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network
