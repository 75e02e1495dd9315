"""A worker's data plane as a process: `python -m tests.common.cache_worker DIRECTORY UPSTREAM_PORT`.

It prints its port and serves one cached route from the store in DIRECTORY until its standard input ends.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from proxy.caching.response_cache import shared_store
from proxy.edge.server import EdgeServer, Listener
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from tests.common.edge_gateway import ISSUER, route, service


async def main(directory: str, port: int) -> None:
    """Serves."""
    options = GatewayOptions(access_log="", cache_bytes=16 * 1024 * 1024)
    runtime = GatewayRuntime(options, replies=shared_store(directory, options))
    await runtime.start()
    found = (route(cache_enabled=True, rate_limit_rpm=None, timeout_seconds=20.0),)
    runtime.apply(Configuration(revision=1, routes=found, services=(service(port),), issuers=(ISSUER,)))
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    server = EdgeServer(runtime, [Listener(sock, "traffic")])
    await server.start()
    sys.stdout.write(f"{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await server.drain(0.1)
    await runtime.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
