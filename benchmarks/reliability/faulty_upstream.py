"""An upstream with a ledger: `python -m benchmarks.reliability.faulty_upstream PORT NAME LEDGER`.

GET answers its name. POST writes the body, an id, to the ledger before it answers. Lines on standard input change its
mood: `well`; `reset`, every request breaks its connection; `mute`, requests are taken and never answered.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
import threading

LINGER_NONE = struct.pack("ii", 1, 0)


class Upstream:
    """One instance."""

    def __init__(self, name: str, ledger: str) -> None:
        self.mood = "well"
        self._name = name.encode()
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                if self.mood == "reset":
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
                    writer.transport.abort()
                    return
                if self.mood == "mute":
                    await reader.read()
                    return
                if head.startswith(b"POST"):
                    os.write(self._ledger, body + b"\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(self._name), self._name))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def obey(self) -> None:
        """Reads orders until the trial is over."""
        for line in sys.stdin:
            self.mood = line.strip()


async def main(port: int, name: str, ledger: str) -> None:
    """Serves until killed."""
    upstream = Upstream(name, ledger)
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", port, backlog=1024)
    threading.Thread(target=upstream.obey, daemon=True).start()
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
