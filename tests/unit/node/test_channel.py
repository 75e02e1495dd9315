from __future__ import annotations

import asyncio
import socket

import msgspec
import pytest

from proxy.node import messages
from proxy.node.channel import MAX_LINE_BYTES, Channel
from proxy.node.messages import Drain, Figures, Published, Welcome, decode, encode


@pytest.mark.parametrize(
    "message",
    [
        Published(3, "abc"),
        Welcome(),
        Welcome(1, "a"),
        Drain(2.5),
        Figures({"a": [1.0, 2.5]}, request=4, gauges={"g": 1}),
    ],
)
def test_a_message_survives_the_wire(message: messages.Message) -> None:
    assert decode(encode(message)) == message


def test_every_kind_of_message_is_in_the_table() -> None:
    kinds = [kind.__name__ for kind in messages.Message.__args__]
    assert [kind for kind in kinds if f"| {kind}" not in (messages.__doc__ or "")] == []


@pytest.mark.parametrize("line", [b"", b"[]", b'{"kind":"unheard"}', b'{"kind":"published","revision":"3"}'])
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(line)


async def pair() -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    return await Channel.open(ours), theirs


async def test_messages_arrive_in_order_and_the_end_is_seen() -> None:
    channel, peer = await pair()
    peer.sendall(encode(Published(1, "a")) + encode(Published(2, "b")))
    peer.close()
    assert [await channel.receive() for _ in range(3)] == [Published(1, "a"), Published(2, "b"), None]
    channel.close()


async def test_a_line_without_end_closes_the_channel() -> None:
    channel, peer = await pair()
    sending = asyncio.get_running_loop().sock_sendall(peer, b"x" * (4 * MAX_LINE_BYTES))
    task = asyncio.ensure_future(sending)
    assert await channel.receive() is None
    task.cancel()
    peer.close()


async def test_nonsense_closes_the_channel() -> None:
    channel, peer = await pair()
    peer.sendall(b"nonsense\n")
    assert await channel.receive() is None
    channel.send(Published(1, "a"))  # dropped without an error
    peer.close()


async def test_a_peer_that_does_not_read_is_given_up_before_memory_is() -> None:
    channel, peer = await pair()
    for number in range(100_000):
        channel.send(Published(number, "a" * 64))
    assert await channel.receive() is None
    peer.close()
