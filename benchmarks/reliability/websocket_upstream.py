"""A WebSocket server that sends every message back: `python websocket_upstream.py PORT`, with `websockets` installed.

It speaks permessage-deflate, fails a connection as RFC 6455 asks, and takes messages of any length.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from typing import Any

server: Any = importlib.import_module("websockets.asyncio.server")  # not among the packages that types are checked with


async def echo(connection: Any) -> None:
    """One connection."""
    async for message in connection:
        await connection.send(message)


async def main(port: int) -> None:
    """Serves until killed; that cases break the protocol is nothing to tell."""
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    async with server.serve(echo, "127.0.0.1", port, max_size=None, ping_interval=None) as serving:
        print("ready", flush=True)
        await serving.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
