"""What the kernel may hold of a stream (T5, R-08)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from proxy.transport import socket_buffers
from proxy.transport.socket_buffers import RECEIVED_BYTES, UNSENT_BYTES, bound_received, bound_unsent
from proxy.transport.upstream import UpstreamConnection


def unsent(sock: socket.socket) -> int:
    return sock.getsockopt(socket.IPPROTO_TCP, 25)


def test_t5_what_a_listening_socket_accepts_is_bounded_as_it_is():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        bound_unsent(listening)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert unsent(accepted) == UNSENT_BYTES


async def test_t5_a_connection_to_an_upstream_is_bounded_in_both_directions():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    transport, _ = await loop.create_connection(UpstreamConnection, *server.sockets[0].getsockname())
    sock = transport.get_extra_info("socket")
    assert unsent(sock) == UNSENT_BYTES
    assert 2 * RECEIVED_BYTES[0] <= sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 2 * RECEIVED_BYTES[1]
    transport.close()
    server.close()


@pytest.mark.parametrize(
    ("microseconds", "window"),
    [(40, 64 * 1024), (500, 500 * 256), (1_000, 256_000), (5_000, 256 * 1024), (None, 256 * 1024)],
)
def test_t5_the_window_to_an_upstream_that_is_near_grows_with_its_distance(
    monkeypatch: pytest.MonkeyPatch, microseconds: int | None, window: int
):
    monkeypatch.setattr(socket_buffers, "_microseconds", lambda _sock: microseconds)
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as sock:
        bound_received(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * window


def test_a_unix_socket_is_left_as_it_is():
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        before = one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        bound_unsent(one)
        bound_received(one)
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == before


def test_t5_the_window_to_an_upstream_that_is_far_is_left_to_the_kernel(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as sock:
        before = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        monkeypatch.setattr(socket_buffers, "FAR_MICROSECONDS", -1)  # the distance to oneself is some microseconds
        bound_received(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == before
