"""A network without any other machine, in which the clouds' metadata addresses answer: `unshare --net python -m …`.

Prints what a recorder at all of them accepted, as JSON: `denied`, with what is denied by default, and `open`, without,
which shows that it hears. No program but Python is needed: addresses are set as netdevice(7) says.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import json
import socket
import struct
import sys
from ipaddress import IPv4Address

from proxy.options import DENIED_TARGETS
from proxy.transport.target_guard import TargetGuard
from tests.common.address_spellings import spellings
from tests.common.connection_attempts import ATTEMPTS, without_dns

METADATA = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16"]
METADATA_IPV6 = ["fd00:ec2::254", "fe80::a9fe:a9fe"]
UNSPECIFIED = ["0.0.0.0", "0", "0x0", "::", "::ffff:0.0.0.0"]
PORT = 80
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR = 0x8913, 0x8914, 0x8916
IFF_UP = 1


def bring_up() -> None:
    """Loopback, and the metadata addresses on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = struct.unpack_from("16sh", fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16s16x", b"lo")))[1]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        for number, address in enumerate(METADATA):
            wanted = struct.pack("16sHH4s8x", b"lo:%d" % number, socket.AF_INET, 0, IPv4Address(address).packed)
            fcntl.ioctl(sock, SIOCSIFADDR, wanted)
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock,
    ):  # there may be no IPv6
        for address in METADATA_IPV6:
            packed = socket.inet_pton(socket.AF_INET6, address)
            fcntl.ioctl(sock, SIOCSIFADDR, struct.pack("=16sIi", packed, 128, socket.if_nametoindex("lo")))


def hosts() -> list[str]:
    """Every spelling of the best known address, the others, and no address at all, which is this machine."""
    found = [*spellings(METADATA[0]), *METADATA[1:]]
    scoped = ["fe80::a9fe:a9fe%lo", "fe80::a9fe:a9fe%1"]
    return [*found, *METADATA_IPV6, *scoped, "FD00:0EC2:0:0:0:0:0:0254", *UNSPECIFIED]


class Recorder:
    """Accepts and counts."""

    accepted = 0

    def take(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.accepted += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()


async def main() -> None:
    """All spellings as all kinds of targets, then a name that means another address with every question."""
    bring_up()
    heard, told = Recorder(), dict[str, int]()
    turns = itertools.cycle([["192.0.2.1"], [METADATA[0]], [METADATA_IPV6[0]]])

    async def rebinding(_host: str, _port: int) -> list[str]:
        return next(turns)

    server = await asyncio.start_server(heard.take, None, PORT)
    async with server:
        for name, denied in (("denied", DENIED_TARGETS), ("open", ())):
            heard.accepted = 0
            for attempt in ATTEMPTS:
                for host in hosts():
                    await attempt(host, PORT, TargetGuard(denied, resolve=without_dns))
                for _ in range(30):
                    await attempt("rebinding.example", PORT, TargetGuard(denied, resolve=rebinding))
            told[name] = heard.accepted
    json.dump({**told, "tried": len(ATTEMPTS) * (len(hosts()) + 30)}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
