"""From HOST:PORT to bound sockets.

None of them listens: the first worker that can serve makes them. Until then a connection is refused, so that whoever
looks whether the port is open learns whether anybody serves, and nobody waits in a queue that is not read.
"""

from __future__ import annotations

import errno
import re
import socket
import time
from dataclasses import dataclass

PATIENCE_SECONDS = 1.5
"""How long an address in use is tried again: the children of a node that was killed let go of it a moment later."""

_ADDRESS = re.compile(r"(?:\[(?P<bracketed>[^\[\]]*)\]|(?P<plain>[^:\[\]\s]*)):(?P<port>[0-9]{1,5})")


class BindError(Exception):
    """An address that cannot be served; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed HOST:PORT; an empty host means every address of the machine, port 0 any free port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class _Refused(BindError):
    """The system did not give us the address."""

    def __init__(self, address: Address, error: OSError) -> None:
        super().__init__(f"{address}: {_explain(error)}")
        self.is_taken = _is_taken(error)


def parse_address(text: str) -> Address:
    """Raises BindError for anything but HOST:PORT, [IPv6]:PORT or :PORT."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        raise BindError(f"{text!r} is not an address: write HOST:PORT, [IPv6]:PORT or :PORT")
    port = int(found["port"])
    if port > 65535:
        raise BindError(f"{text!r}: port {port} is beyond 65535")
    return Address(found["bracketed"] or found["plain"] or "", port)


def bind(address: Address) -> list[socket.socket]:
    """Bound sockets, inheritable by nobody yet: one for each address the host name stands for.

    Raises BindError.
    """
    if not address.host:
        first = _bind(address, socket.AF_INET, ("0.0.0.0", address.port))  # noqa: S104 - `:PORT` asks for it
        return [first, *_also_ipv6(address, first.getsockname()[1])]
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BindError(f"{address}: the host name cannot be resolved ({error})") from error
    targets = dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found)
    sockets: list[socket.socket] = []
    problems: list[_Refused] = []
    for family, sockaddr in targets:
        try:
            sockets.append(_bind(address, socket.AddressFamily(family), sockaddr))
        except _Refused as problem:
            problems.append(problem)
    if not sockets or any(problem.is_taken for problem in problems):
        for sock in sockets:
            sock.close()
        raise problems[0]
    return sockets


def url_of(sock: socket.socket) -> str:
    """Where a bound socket is reached."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def reached_at(sock: socket.socket) -> tuple[str, int]:
    """Address and port by which this machine reaches a listening socket: its loopback where that serves every one."""
    host, port = sock.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - what `:PORT` was bound to


def _also_ipv6(address: Address, port: int) -> list[socket.socket]:
    """`:PORT` serves IPv6 too where the machine has it."""
    try:
        return [_bind(address, socket.AF_INET6, ("::", port))]
    except _Refused as problem:
        if problem.is_taken:
            raise
        return []


def _bind(address: Address, family: socket.AddressFamily, sockaddr: tuple[object, ...]) -> socket.socket:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return _bind_once(family, sockaddr)
        except OSError as error:
            if not _is_taken(error) or time.monotonic() > deadline:
                raise _Refused(address, error) from error
            time.sleep(0.05)


def _bind_once(family: socket.AddressFamily, sockaddr: tuple[object, ...]) -> socket.socket:
    """Alone, if it can be: before one of them listens, sockets that reuse an address would share it unawares.

    Reused where the connections of a node before have not faded yet.
    """
    try:
        return _bound(family, sockaddr, reuse=False)
    except OSError as error:
        if not _is_taken(error):
            raise
    return _bound(family, sockaddr, reuse=True)


def _bound(family: socket.AddressFamily, sockaddr: tuple[object, ...], *, reuse: bool) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(sockaddr)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE


def _explain(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the address is in use by another program; stop it or choose another port"
        case errno.EADDRNOTAVAIL:
            return "the address does not belong to this machine"
        case errno.EACCES:
            return "ports below 1024 need the CAP_NET_BIND_SERVICE capability"
        case _:
            return error.strerror or str(error)
