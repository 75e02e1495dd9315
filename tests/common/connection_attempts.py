"""The three ways in which an address that somebody typed becomes a connection: an instance, its check, a key set."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from proxy.health.check import check
from proxy.health.target import targets
from proxy.key_set_download import FAILURES, download
from proxy.transport.deadlines import Deadlines
from proxy.transport.pool import ConnectFailed, Endpoint, Pool, PoolLimits
from proxy.transport.target_guard import TargetGuard
from services.spec import InstanceSpec, ServiceSpec

Attempt = Callable[[str, int, TargetGuard], Awaitable[None]]


async def without_dns(host: str, port: int) -> list[str]:
    """What the resolver can tell without asking anybody."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(sockaddr[0]) for *_, sockaddr in found]


async def as_instance(host: str, port: int, guard: TargetGuard) -> None:
    """A request forwarded."""
    limits = PoolLimits(connections=1, queue=1, idle_seconds=1)
    pool = Pool(Endpoint(host=host, port=port), limits, Deadlines(), guard)
    with suppress(ConnectFailed):
        pool.release(await pool.acquire(5), reusable=False)


async def as_health_check(host: str, port: int, guard: TargetGuard) -> None:
    """A health check."""
    instance = InstanceSpec(id="i", instance_id="i", scheme="http", host=host, port=port, health_check_path="/")
    await check(targets([ServiceSpec(id="s", name="s", instances=(instance,))])["i"], guard)


async def as_key_address(host: str, port: int, guard: TargetGuard) -> None:
    """A key set fetched."""
    with suppress(*FAILURES):
        await download(f"http://good.example:80@{f'[{host}]' if ':' in host else host}:{port}/keys", guard)


ATTEMPTS = [as_instance, as_health_check, as_key_address]
