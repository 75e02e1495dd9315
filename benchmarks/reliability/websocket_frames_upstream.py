"""A WebSocket server that sends frames back piece by piece: `python -m … .websocket_frames_upstream PORT NAME`.

It keeps nothing of a frame, so frames of any length pass. Keys must be zero. On `/vanish` it breaks the connection
when the first bytes come.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.lower().split(b"\r\nsec-websocket-key: ")[1].split(b"\r\n")[0]
        at = head.lower().index(key)
        accept = base64.b64encode(hashlib.sha1(head[at : at + len(key)] + GUID, usedforsecurity=False).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        if head.startswith(b"GET /vanish"):
            await reader.read(1)
            writer.transport.abort()
            return
        while True:
            await echo_frame(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def echo_frame(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One frame there and back, without its key."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    further = await reader.readexactly({126: 2, 127: 8}.get(length, 0))
    left = int.from_bytes(further) if further else length
    await reader.readexactly(4)
    writer.write(bytes((first, length)) + further)
    while left:
        data = await reader.read(min(left, 2**18))
        if not data:
            raise ConnectionError
        writer.write(data)
        await writer.drain()
        left -= len(data)


async def main(port: int) -> None:
    """Serves until killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=2**20, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
