"""What one request costs the gateway's own code: `python -m benchmarks.request_cost`.

The real connections, pipeline and event loop, with transports that copy nothing to a socket: the figure is the time of
Python and asyncio alone, without the kernel. It varies little, so it shows what a change of the request path did.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import socket
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jwt
import uvloop

from permissions.spec import IssuerSpec
from proxy.caching.response_cache import shared_store
from proxy.edge.connection import ClientConnection
from proxy.edge.server import EdgeServer
from proxy.node.counter_directory import counter_directory
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from proxy.state.counters import counters_in
from proxy.transport.pool import Pool
from proxy.transport.upstream import UpstreamConnection
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

SECRET = "a-secret-only-for-this-measurement-0123456789"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: %b\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 85\r\nConnection: keep-alive\r\n\r\n" % formatdate(usegmt=True).encode() + b"x" * 85
)
REQUESTS = 20_000
ROUNDS = 7


class Transport:
    """Takes what is written and lets the other side say what it says."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self._socket = socket.socket()

    def write(self, data: bytes) -> None:
        """The other side answers in the next turn of the loop."""
        self._answer(data)

    def get_extra_info(self, name: str) -> Any:
        """An address, and a socket that is connected to nothing."""
        return {"peername": ("127.0.0.1", 1), "socket": self._socket}.get(name)

    def set_write_buffer_limits(self, high: int) -> None:
        """There is no buffer."""

    def is_closing(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Nothing was open."""
        self._socket.close()

    abort = close


def configuration() -> Configuration:
    """One route without conditions, one that wants a token and a permission, with a limit as well, one that is kept."""
    issuer = IssuerSpec(id="i", name="i", issuer="i", algorithms=("HS256",), secret=SECRET)
    instances = tuple(InstanceSpec(id=name, instance_id=name, scheme="http", host="127.0.0.1", port=1) for name in "ab")
    common: dict[str, Any] = {"service_id": "s", "service_name": "s", "target_url": "/*", "path_kind": "prefix"}
    common |= {"rate_limit_rpm": None, "required_permissions": ("read",)}
    plain = RouteSpec(id="p", path_pattern="/plain/*", requires_auth=False, **{**common, "required_permissions": ()})
    job = RouteSpec(id="j", path_pattern="/job/*", **common)
    limited = RouteSpec(id="l", path_pattern="/limited/*", **{**common, "rate_limit_rpm": 1_000_000_000})
    kept = replace(plain, id="k", path_pattern="/cached/*", cache_enabled=True, cache_ttl_seconds=3600)
    services = (ServiceSpec(id="s", name="s", instances=instances),)
    return Configuration(revision=1, routes=(plain, job, limited, kept), services=services, issuers=(issuer,))


async def measure(
    path: str,
    token: str,
    shared: str = "",
    *,
    is_varied: bool = False,
    requests: int = REQUESTS,
    rounds: int = ROUNDS,
) -> float:
    """Microseconds of the processor a request, best of several rounds; workers would share the directory `shared`.

    With `is_varied` each request has another path, query and traceparent, and none has been seen before.
    """
    options = GatewayOptions(access_log="")
    replies = shared_store(shared, options) if shared else None
    runtime = GatewayRuntime(options, None, counters_in(shared), replies=replies)
    await runtime.start()
    runtime.apply(configuration())
    loop = asyncio.get_running_loop()
    for service in runtime.snapshot.services.values():
        for pool in service.pools.values():
            fill(pool, loop)
    line = f"Authorization: Bearer {token}\r\n" if token else ""
    server = EdgeServer(runtime, [])
    seen = [0.0] * rounds
    for number in range(rounds):
        if is_varied:
            names = [f"{one:08x}" for one in range(number * requests, (number + 1) * requests)]
            sent = [varied(path, name, line) for name in names]
        else:
            sent = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n{line}\r\n".encode()] * requests
        seen[number] = await one_round(server, loop, sent)
    await runtime.close()
    return min(seen)


def varied(path: str, name: str, line: str) -> bytes:
    """As `varied.lua` makes them."""
    traceparent = f"00-4bf92f3577b34da6a3ce929d{name}-00f067aa{name}-01"
    return (
        f"GET {path}{name}?page={name}&of={name} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n{line}"
        f"traceparent: {traceparent}\r\n\r\n"
    ).encode()


def fill(pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
    """An idle connection that answers everything."""
    connection = UpstreamConnection()
    transport = Transport(lambda data: loop.call_soon(connection.data_received, ANSWER))
    connection.connection_made(transport)  # type: ignore[arg-type]
    pool.in_use += 1
    pool.release(connection, reusable=True)


async def one_round(server: EdgeServer, loop: asyncio.AbstractEventLoop, requests: list[bytes]) -> float:
    """One keep-alive connection that asks again as soon as it is answered."""
    done: asyncio.Future[None] = loop.create_future()
    left = iter(requests)
    connection = ClientConnection(server, "traffic")

    def answered(data: bytes) -> None:
        assert data.startswith(b"HTTP/1.1 200"), data
        request = next(left, None)
        if request is not None:
            loop.call_soon(connection.data_received, request)
        elif not done.done():
            done.set_result(None)

    connection.connection_made(Transport(answered))  # type: ignore[arg-type]
    began = time.process_time()
    loop.call_soon(connection.data_received, next(left))
    await done
    seconds = time.process_time() - began
    connection.connection_lost(None)
    await asyncio.sleep(0)
    return seconds / len(requests) * 1e6


PATHS = {"plain": "/plain/x", "whole job": "/job/x", "cached": "/cached/x"}


async def main(options: argparse.Namespace) -> None:
    """Prints the figures, or the functions that cost most; or serves so many requests, for a tool that counts."""
    token = jwt.encode({"iss": "i", "sub": "u1", "exp": 4e9, "permissions": ["read"]}, SECRET, algorithm="HS256")
    tokens = {"plain": "", "whole job": token, "cached": ""}
    with TemporaryDirectory() as directory, counter_directory(Path(directory)) as shared:
        if options.once:
            sizes = {"requests": options.once, "rounds": 1}
            path, sent = PATHS[options.scenario], tokens[options.scenario]
            await measure(path, sent, str(shared), is_varied=options.varied, **sizes)
            return
        if options.profile:
            with cProfile.Profile() as profiler:
                await measure(PATHS[options.scenario], tokens[options.scenario], str(shared), is_varied=options.varied)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(40)
            return
        for name in ("plain", "whole job"):
            alike = await measure(PATHS[name], tokens[name])
            unlike = await measure(PATHS[name], tokens[name], is_varied=True)
            print(f"{name:10} {alike:6.2f} µs, requests unlike each other {unlike:6.2f} µs")
        print(f"and limit  {await measure('/limited/x', token, str(shared)):6.2f} µs")
        print(f"cached     {await measure(PATHS['cached'], '', str(shared)):6.2f} µs")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request_cost", description=__doc__)
    parser.add_argument("--scenario", choices=PATHS, default="whole job", help="of --profile and --once")
    parser.add_argument("--varied", action="store_true", help="requests unlike each other, with --profile and --once")
    parser.add_argument("--profile", action="store_true", help="the functions by their share")
    parser.add_argument("--once", type=int, metavar="N", help="serve N requests, for valgrind to count instructions of")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
