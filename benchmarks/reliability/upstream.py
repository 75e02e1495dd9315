"""An instance for the trials: `python -m benchmarks.reliability.upstream PORT NAME`.

GET /down/N answers N bytes of a fixed pattern; POST /up answers the SHA-256 of the body; anything else its name.
GET /slow never answers, and a line `left` is printed when its client goes.
"""

from __future__ import annotations

import asyncio
import hashlib
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
            elif path == "/slow":
                await reader.read()
                print("left", flush=True)
                return
            else:
                body = await digest(reader, head) if method == "POST" else name
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


async def digest(reader: asyncio.StreamReader, head: str) -> str:
    """The hash of a body with a Content-Length."""
    fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    left, seen = int(fields["content-length"]), hashlib.sha256()
    while left:
        data = await reader.read(min(left, 262_144))
        if not data:
            raise ConnectionError
        seen.update(data)
        left -= len(data)
    return seen.hexdigest()


async def main(port: int, name: str) -> None:
    """Serves until killed."""
    server = await asyncio.start_server(lambda r, w: serve(r, w, name), "127.0.0.1", port, limit=2**20, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
