"""An instance for the trials: `python -m benchmarks.reliability.upstream PORT NAME`.

GET /down/N answers N bytes of a fixed pattern; POST /up answers the SHA-256 of the body; anything else its name.
GET /slow never answers, and a line `left` is printed when its client goes. GET /echo/… answers its own path; GET
/events/N sends N server-sent events, ten a second.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import sys

BLOCK = bytes(range(256)) * 256


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
    """One connection, request after request."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path = head.split(" ")[:2]
            if path.startswith("/down/"):
                await send_pattern(writer, int(path.rpartition("/")[2]))
            elif path.startswith("/events/"):
                await send_events(writer, int(path.rpartition("/")[2]))
            elif path == "/slow":
                await reader.read()
                print("left", flush=True)
                return
            else:
                body = await digest(reader, head) if method == "POST" else path if path.startswith("/echo/") else name
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body.encode()))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def send_pattern(writer: asyncio.StreamWriter, count: int) -> None:
    """`count` bytes with their Content-Length."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % count)
    while count:
        piece = BLOCK[: min(count, len(BLOCK))]
        writer.write(piece)
        await writer.drain()
        count -= len(piece)


async def send_events(writer: asyncio.StreamWriter, count: int) -> None:
    """An event stream that ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for number in range(count):
        event = b"data: %d\n\n" % number
        writer.write(b"%x\r\n%b\r\n" % (len(event), event))
        await writer.drain()
        await asyncio.sleep(0.1)
    writer.write(b"0\r\n\r\n")


async def digest(reader: asyncio.StreamReader, head: str) -> str:
    """The hash of a body, whichever way it is framed."""
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    seen = hashlib.sha256()
    if "content-length" in fields:
        await feed(seen, reader, int(fields["content-length"]))
    else:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await feed(seen, reader, size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    return seen.hexdigest()


async def feed(seen: hashlib._Hash, reader: asyncio.StreamReader, left: int) -> None:
    """So many bytes into the hash."""
    while left:
        data = await reader.read(min(left, 262_144))
        if not data:
            raise ConnectionError
        seen.update(data)
        left -= len(data)


async def main(port: int, name: str, unsent_bytes: int | None = None) -> None:
    """Serves until killed; `unsent_bytes` bounds what the kernel takes of an answer that nobody reads."""
    sock = socket.create_server(("127.0.0.1", port), backlog=1024)
    if unsent_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent_bytes)
    server = await asyncio.start_server(lambda r, w: serve(r, w, name), sock=sock, limit=2**20)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
