"""A stream's deadline holds whatever its peer does meanwhile (T1)."""

from __future__ import annotations

import asyncio

import pytest

from proxy.transport.deadlines import NEVER, Deadlines
from proxy.transport.stream import Stream, StreamTimeout


async def stream_pair() -> tuple[Stream, asyncio.Transport, asyncio.Server]:
    """A stream, and what writes to it."""
    accepted: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()

    class Accepted(Stream):
        __slots__ = ()

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            accepted.set_result(self)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Accepted, "127.0.0.1", 0)
    transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
    return await accepted, transport, server


async def test_t1_a_deadline_that_passes_in_the_moment_bytes_come_is_kept_all_the_same():
    stream, transport, server = await stream_pair()
    deadlines = Deadlines()
    deadlines.watch(stream)
    reading = asyncio.ensure_future(stream.read_head(1000))
    await asyncio.sleep(0)
    stream.data_received(b"drop")  # wakes the reader, which has not yet run when the deadline passes
    stream.deadline = NEVER
    stream.expire()
    await asyncio.sleep(0)
    deadlines.start()
    with pytest.raises(StreamTimeout):
        await asyncio.wait_for(reading, 5)
    deadlines.stop()
    transport.close()
    server.close()


async def test_t1_a_deadline_that_passes_while_nobody_waits_does_not_outlive_the_next_one():
    stream, transport, server = await stream_pair()
    stream.deadline = NEVER
    stream.expire()
    deadlines = Deadlines()
    deadlines.watch(stream)
    deadlines.start()
    stream.deadline = stream.loop.time() + 60
    reading = asyncio.ensure_future(stream.read_head(1000))
    await asyncio.sleep(0.25)
    stream.data_received(b"a\r\n\r\n")
    assert await asyncio.wait_for(reading, 5) == b"a"
    deadlines.stop()
    transport.close()
    server.close()
