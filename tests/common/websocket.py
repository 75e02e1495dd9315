"""The least of RFC 6455 that a test needs to be a WebSocket client or server of its own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
from dataclasses import dataclass

from tests.common.raw_client import RawClient, get
from tests.common.scripted_upstream import Connection

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(KEY.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
OFFER = (
    "Upgrade: websocket",
    "Connection: keep-alive, Upgrade",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
)
MASK = b"\x01\x02\x03\x04"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@dataclass(frozen=True)
class Frame:
    """One frame as it was read."""

    opcode: int
    payload: bytes
    fin: bool = True
    masked: bool = False

    @property
    def code(self) -> int:
        """The status of a Close."""
        return int.from_bytes(self.payload[:2])


def frame(
    payload: bytes = b"", opcode: int = BINARY, *, fin: bool = True, mask: bytes = b"", reserved: int = 0
) -> bytes:
    """A frame's bytes; the payload is masked if a mask is given."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    size, masked = len(payload), 0x80 if mask else 0
    if size < 126:
        head = bytes((first, masked | size))
    elif size < 65536:
        head = bytes((first, masked | 126)) + size.to_bytes(2)
    else:
        head = bytes((first, masked | 127)) + size.to_bytes(8)
    return (
        head + mask + (bytes(a ^ b for a, b in zip(payload, itertools.cycle(mask), strict=False)) if mask else payload)
    )


def close(code: int, mask: bytes = b"") -> bytes:
    """A Close frame's bytes."""
    return frame(code.to_bytes(2), CLOSE, mask=mask)


async def read_frame(reader: asyncio.StreamReader, timeout: float = 30.0) -> Frame:
    """The next frame; raises `asyncio.IncompleteReadError` at the end of the stream."""
    async with asyncio.timeout(timeout):
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
        mask = await reader.readexactly(4) if second & 0x80 else b""
        payload = await reader.readexactly(size)
    if mask:
        payload = bytes(a ^ b for a, b in zip(payload, itertools.cycle(mask), strict=False))
    return Frame(first & 0x0F, payload, bool(first & 0x80), bool(mask))


async def handshake(client: RawClient, path: str = "/ws", *fields: str) -> bytes:
    """The head of the answer to a handshake."""
    await client.send(get(path, *OFFER, *fields))
    return await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 30)


async def echo(connection: Connection) -> None:
    """An upstream that accepts, and sends back every byte."""
    await connection.read_head()
    await connection.send(SWITCH)
    while data := await connection.reader.read(65536):
        connection.received += data
        await connection.send(data)


async def listening(connection: Connection) -> None:
    """An upstream that accepts, keeps what comes and answers a Close with its code, as a good peer does."""
    await connection.read_head()
    await connection.send(SWITCH)
    while True:
        found = await read_frame(connection.reader, 60)
        connection.frames.append(found)
        if found.opcode == CLOSE:
            await connection.send(close(found.code))
            return
