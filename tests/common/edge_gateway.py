"""A gateway's data plane in the test's own event loop: the real edge on a real socket, without a database."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import jwt

from permissions.spec import IssuerSpec
from proxy.edge.server import EdgeServer, Listener
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

SECRET = "the-shared-secret-of-the-tests-0123456789"
ISSUER = IssuerSpec(id="builtin", name="builtin", issuer="api-gateway", algorithms=("HS256",), secret=SECRET)
FAR_FUTURE = 4_000_000_000


def token(subject: str = "u1", **claims: Any) -> str:
    """A token of the tests' issuer."""
    payload = {"iss": "api-gateway", "sub": subject, "exp": FAR_FUTURE, **claims}
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, SECRET, algorithm="HS256")


def bearer(subject: str = "u1", **claims: Any) -> str:
    """The Authorization line with such a token."""
    return f"Authorization: Bearer {token(subject, **claims)}"


def route(path_pattern: str = "/*", target_url: str = "/*", **fields: Any) -> RouteSpec:
    """An open route to service `s`; `path_kind` is derived as the control plane does."""
    stars = path_pattern.count("*")
    kind = "exact" if not stars else "prefix" if stars == 1 and path_pattern.endswith("*") else "pattern"
    values: dict[str, Any] = {
        "id": f"route:{path_pattern}",
        "service_id": "s",
        "service_name": "s",
        "path_kind": kind,
        "requires_auth": False,
        "timeout_seconds": 5.0,
        **fields,
    }
    return RouteSpec(path_pattern=path_pattern, target_url=target_url, **values)


def service(*ports: int, **fields: Any) -> ServiceSpec:
    """Service `s` with an instance on each port of loopback."""
    instances = tuple(
        InstanceSpec(id=f"i{place}", instance_id=f"instance-{place}", scheme="http", host="127.0.0.1", port=port)
        for place, port in enumerate(ports)
    )
    return ServiceSpec(**{"id": "s", "name": "s", "instances": instances, **fields})


class EdgeGateway:
    """A running data plane; `configure` swaps its configuration."""

    def __init__(self, runtime: GatewayRuntime, server: EdgeServer, port: int) -> None:
        self.runtime = runtime
        self.server = server
        self.port = port

    def configure(self, *routes: RouteSpec, services: tuple[ServiceSpec, ...], **fields: Any) -> None:
        """Puts a new revision in force."""
        values: dict[str, Any] = {"issuers": (ISSUER,), "revision": self.runtime.revision + 1, **fields}
        self.runtime.apply(Configuration(routes=routes, services=services, **values))


@asynccontextmanager
async def edge_gateway(*routes: RouteSpec, services: tuple[ServiceSpec, ...] = (), surface: str = "traffic", **options):
    """A gateway on a free port of loopback. `options` are fields of `GatewayOptions`."""
    defaults = GatewayOptions(access_log="", jwks_private_networks=("127.0.0.0/8",))  # where key servers of tests are
    runtime = GatewayRuntime(replace(defaults, **options))
    await runtime.start()
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    server = EdgeServer(runtime, [Listener(sock, surface)])
    await server.start()
    gateway = EdgeGateway(runtime, server, sock.getsockname()[1])
    try:
        gateway.configure(*routes, services=services)
        yield gateway
    finally:
        await server.drain(0.2)
        await runtime.close()


async def is_at_rest(gateway: EdgeGateway, seconds: float = 4.0) -> bool:
    """Whether nothing of any request is left in time: no client, no place in a pool, nobody waiting or watched."""
    for _ in range(int(seconds / 0.02)):
        pools = [pool for found in gateway.runtime.snapshot.services.values() for pool in found.pools.values()]
        if not (
            gateway.server.open_connections
            or gateway.runtime.figures()["in_flight"]
            or any(pool.in_use or pool._waiting or pool.detached for pool in pools)
            or len(gateway.runtime.live.deadlines._watched) != sum(pool.open for pool in pools)
        ):
            return True
        await asyncio.sleep(0.02)
    return False
