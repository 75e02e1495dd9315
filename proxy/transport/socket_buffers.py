"""What the kernel holds of a stream, bounded: its own buffers grow to tens of MiB, out of reach of back-pressure (T5).

A client that reads slowly shall make the upstream wait, not fill the kernel with an answer nobody takes.
"""

from __future__ import annotations

import socket
import struct

UNSENT_BYTES = 128 * 1024
"""Accepted for sending beyond what the peer's window takes."""
RECEIVED_BYTES = (64 * 1024, 256 * 1024)
"""Of an upstream's answer, at least and at most; the kernel keeps its overhead in as much again."""
BYTES_A_MICROSECOND = 256
"""Of distance, between the two: so 250 MB/s come through up to 1 ms."""

FAR_MICROSECONDS = 5_000
"""Distance from which such a window would slow an answer down: at 50 ms to 5 MB/s."""

_RTT = struct.Struct("68xI")
"""`tcpi_rtt` in Linux's `struct tcp_info`, microseconds; after the handshake it has been measured once."""
_NOT_SENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)


def bound_unsent(sock: socket.socket) -> None:
    """For one connection, or for all that a listening socket accepts. Nothing happens on a Unix socket."""
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, _NOT_SENT_LOWAT, UNSENT_BYTES)


def bound_received(sock: socket.socket) -> None:
    """For a connection to an upstream that is near: distance, as clients have it, needs the window the kernel finds."""
    if sock.family == socket.AF_UNIX:
        return
    least, most = RECEIVED_BYTES
    distance = _microseconds(sock)
    if distance is None or distance <= FAR_MICROSECONDS:
        window = most if distance is None else min(most, max(least, distance * BYTES_A_MICROSECOND))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)


def _microseconds(sock: socket.socket) -> int | None:
    """There and back; None where the kernel does not tell."""
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RTT.size)
    return _RTT.unpack(told)[0] if len(told) == _RTT.size else None
