"""Who asked: the control process hears every request from a worker, over a socket only this node's user can open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Any, Any], Awaitable[None]]

WORKER = "worker"
"""Stands for the peer of the Unix socket, which has no address."""


def believe_workers(application: AsgiApp, trusted_proxies: Iterable[str]) -> AsgiApp:
    """Client and scheme of a request are what the worker says; beyond it only trusted proxies are believed (G-344)."""
    believing = ProxyHeadersMiddleware(application, trusted_hosts=[WORKER, *trusted_proxies])  # type: ignore[arg-type]

    async def from_worker(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            scope["client"] = (WORKER, 0)
        await believing(scope, receive, send)  # type: ignore[arg-type]

    return from_worker
