"""A WebSocket server that sends every message back: `python -m benchmarks.reliability.websocket_upstream PORT NAME`.

It speaks permessage-deflate, fails a connection as RFC 6455 asks, and takes messages of any length. It answers each
message before it reads the next frame, so that how frames are cut into packets changes no verdict.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

websocket: Any = importlib.import_module("autobahn.asyncio.websocket")  # it has no types
compress: Any = importlib.import_module("autobahn.websocket.compress")
txaio: Any = importlib.import_module("txaio")


class Echo(websocket.WebSocketServerProtocol):  # type: ignore[misc]  # without types, its base is Any
    """One connection."""

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 (as the package names it)
        """Sends it back as it came."""
        self.sendMessage(payload, isBinary)


def accept(offers: list[Any]) -> Any:
    """The first offer of compression, if there is one."""
    for offer in offers:
        if isinstance(offer, compress.PerMessageDeflateOffer):
            return compress.PerMessageDeflateOfferAccept(offer)
    return None


async def main(port: int) -> None:
    """Serves until killed; that cases break the protocol is nothing to tell."""
    txaio.set_global_log_level("critical")
    factory = websocket.WebSocketServerFactory()
    factory.protocol = Echo
    factory.setProtocolOptions(perMessageCompressionAccept=accept, failByDrop=False)
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
