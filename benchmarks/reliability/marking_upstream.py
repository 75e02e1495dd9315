"""R-07: an instance whose answers say who asked for what.

`python -m benchmarks.reliability.marking_upstream PORT NAME`
The body is `<user> <path> ` and a filling whose length the path's number decides; every third answer is chunked.
`/mine/…` may be kept for a second. `/slow/N` is never answered, and `left N` is printed when its client goes.
"""

from __future__ import annotations

import asyncio
import sys

FILLINGS = (0, 10, 700, 5_000, 40_000)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, request after request."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            place = path.rpartition("/")[2]
            if path.startswith("/slow/"):
                await reader.read()
                print("left", place, flush=True)
                return
            writer.write(answer(head, path, int(place) if place.isdigit() else 0))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def answer(head: str, path: str, number: int) -> bytes:
    """Who asked is what the gateway says of him."""
    user = head.lower().partition("x-user-id: ")[2].partition("\r\n")[0]
    body = f"{user} {path} ".encode() + b"." * FILLINGS[number % len(FILLINGS)]
    kept = b"Cache-Control: max-age=1\r\n" if path.startswith("/mine/") else b""
    if number % 3:
        return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (kept, len(body), body)
    return b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (kept, len(body), body)


async def main(port: int) -> None:
    """Serves until killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=2**20, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
