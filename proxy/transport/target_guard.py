"""Which addresses nothing that an operator typed may make the gateway connect to (edge rule P7, R-22).

A name is resolved once, each address it stands for is judged, and the connection goes to the address that was judged:
a name that answers differently the second time (DNS rebinding) gains nothing, and no spelling of an address matters,
since what is judged is what the resolver made of it. An IPv4 address inside an IPv6 one is judged as the IPv4 address.

What is denied by default, and why loopback and private networks are not: docs/decisions/target-addresses.md.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from proxy.address_set import AddressSet
from proxy.options import GatewayOptions

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

OWN_SECONDS = 5
"""How long it is remembered which addresses are this machine's."""

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]


class TargetDenied(OSError):
    """None of the addresses may be connected to; the text names one."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name as the system knows them. Raises `OSError` or `UnicodeError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class TargetGuard:
    """Judges addresses. `denied` holds networks and HOST:PORT; `private_in`, if given, the only inner networks allowed.

    HOST:PORT is a listener that must not be reached; with an unspecified host (`0.0.0.0:9000`) it is that port of every
    address of this machine. Raises `ValueError` for anything else.
    """

    def __init__(
        self, denied: Iterable[str], private_in: Iterable[str] | None = None, resolve: Resolve = resolve
    ) -> None:
        texts = tuple(denied)
        self._resolve = resolve
        self._networks = AddressSet(text for text in texts if not is_listener(text))
        self._listeners = frozenset(parse_listener(text) for text in texts if is_listener(text))
        self._private_in = None if private_in is None else AddressSet(private_in)

    def denies(self, address: str, port: int) -> bool:
        """Whether a connection to this IP address and port must not be made. Raises `ValueError` for no address."""
        return any(self._denies(form, port) for form in _forms(ip_address(address.partition("%")[0])))

    def _denies(self, address: Address, port: int) -> bool:
        if str(address) in self._networks:
            return True
        if any(port == listener and _is_there(address, host) for host, listener in self._listeners):
            return True
        return self._private_in is not None and not address.is_global and str(address) not in self._private_in

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of `host` that may be connected to, in the resolver's order; at least one.

        Raises `TargetDenied`, or what the resolver raises: `OSError`, `UnicodeError`.
        """
        if not host:
            raise TargetDenied("there is no host to connect to")
        found = [host] if _is_literal(host) else await self._resolve(host, port)
        allowed = [address for address in found if not self.denies(address, port)]
        if not allowed:
            raise TargetDenied(f"{found[0]} is an address that must not be connected to")
        return allowed


def target_guard(options: GatewayOptions) -> TargetGuard:
    """For instances and their health checks."""
    return TargetGuard(options.denied_targets)


def key_guard(options: GatewayOptions) -> TargetGuard:
    """For key sets, which come from outside: inner networks only where a setting names them."""
    return TargetGuard(options.denied_targets, options.jwks_private_networks)


def is_listener(text: str) -> bool:
    """Whether an entry is HOST:PORT rather than an address or a network."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return True
    return False


def parse_listener(text: str) -> tuple[Address, int]:
    """`127.0.0.1:9000` or `[::1]:9000`. Raises `ValueError`."""
    host, colon, port = text.rpartition(":")
    if not (colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r} is neither a network nor ADDRESS:PORT")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"{text!r} is neither a network nor ADDRESS:PORT")
    return ip_address(host.removeprefix("[").removesuffix("]")), int(port)


def listener_of(host: str, port: int) -> str:
    """The entry for a listener of this machine."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _forms(address: Address) -> list[Address]:
    """The address, and the IPv4 address that one of the ways from IPv6 to IPv4 would make of it."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inner: list[IPv4Address | None] = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in inner if one is not None)]


def _is_there(address: Address, host: Address) -> bool:
    """Whether a connection to `address` may arrive at a listener on `host`; to no address at all goes to loopback."""
    if address.is_unspecified:
        return host.is_unspecified or host.is_loopback
    return _is_own(address, int(time.monotonic() / OWN_SECONDS)) if host.is_unspecified else address == host


@lru_cache(4096)
def _is_own(address: Address, _turn: int) -> bool:
    """Whether the address is this machine's: only then can a socket be bound to it. Asked again in every turn."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
