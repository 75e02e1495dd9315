"""The conditions of a route as sets that can be compared: who asks for less takes all that another takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any

from routing.index import Entry
from routing.spec import ConditionSpec, RouteSpec

Atom = tuple[Any, ...]
Network = tuple[int, int, int]
"""Version of IP, bits of the prefix, and the prefix."""


class Conditions:
    """`asks` is what a request must show; `shows` is all that one which does is known to show; `networks` whence."""

    __slots__ = ("asks", "networks", "shows")

    def __init__(self, route: RouteSpec) -> None:
        """Raises `ValueError` for a network that is none."""
        self.asks = frozenset((*_atoms("header", route.header_conditions), *_atoms("query", route.query_conditions)))
        self.shows = frozenset((*self.asks, *_implied(self.asks)))
        self.networks: tuple[Network, ...] = tuple(map(network_of, route.client_cidrs))

    def take_all_of(self, other: Conditions) -> bool:
        """Whether every request that meets `other` meets these too, as far as can be told without trying values."""
        if not self.asks <= other.shows:
            return False
        if not self.networks:
            return True
        mine = set(self.networks)
        return bool(other.networks) and all(not mine.isdisjoint(wider(one)) for one in other.networks)


def _atoms(kind: str, conditions: Iterable[ConditionSpec]) -> Iterator[Atom]:
    for one in conditions:
        has_value = one.operator in ("equals", "not_equals", "matches")
        yield (kind, one.name, one.operator, one.value if has_value else "")


def _implied(asked: Iterable[Atom]) -> Iterator[Atom]:
    """A value that is compared is present."""
    return ((kind, name, "present", "") for kind, name, operator, _ in asked if operator in ("equals", "matches"))


def network_of(text: str) -> Network:
    """Raises `ValueError`."""
    network = ip_network(text, strict=False)
    bits = network.prefixlen
    return network.version, bits, int(network.network_address) >> (network.max_prefixlen - bits)


def wider(network: Network) -> Iterator[Network]:
    """A network and all that hold it."""
    version, bits, prefix = network
    return ((version, length, prefix >> (bits - length)) for length in range(bits, -1, -1))


Place = list[tuple[Entry[Any], Conditions]]
"""Entries in order of rank."""


class Shelf:
    """The entries of one place of the index by what they ask for, so that few need to be compared.

    Each stands under the rarest of the things it asks for; whoever is taken by it shows that one.
    """

    __slots__ = ("_by_asked",)

    def __init__(self, entries: Iterable[tuple[Entry[Any], Conditions]]) -> None:
        held = list(entries)
        common = Counter(atom for _, conditions in held for atom in conditions.asks)
        self._by_asked: dict[Any, Place] = {}
        for one in held:
            asked, networks = one[1].asks, one[1].networks
            places: Iterable[Any] = [min(asked, key=lambda atom: (common[atom], atom))] if asked else networks or [None]
            for place in places:
                self._by_asked.setdefault(place, []).append(one)

    def places(self, conditions: Conditions) -> Iterator[Place]:
        """The lists that hold every entry which may take all of a request with these conditions."""
        networks = wider(conditions.networks[0]) if conditions.networks else ()
        for place in (None, *conditions.shows, *networks):
            if place in self._by_asked:
                yield self._by_asked[place]
