"""Django under uvicorn on the node's Unix socket."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from importlib import import_module

import uvicorn
from django.urls import get_resolver

from proxy.node.control.peer import believe_workers
from proxy.node.plan import ChildPlan

IDLE_MARGIN_SECONDS = 30
"""Workers close idle connections first: the side that sends requests must not find its connection just closed."""


class ControlServer(uvicorn.Server):
    """A uvicorn that leaves signals to the control process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


def make_server(plan: ChildPlan) -> ControlServer:
    """The server of `control_application`, not yet started.

    Imports every view, half a second: the first requests would otherwise do it, several at once in several threads.
    """
    application = import_module("gateway_project.asgi").control_application
    get_resolver().url_patterns  # noqa: B018 - reading it imports them
    return ControlServer(
        uvicorn.Config(
            believe_workers(application, plan.options.trusted_proxies),
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=int(plan.options.upstream_idle_seconds) + IDLE_MARGIN_SECONDS,
            timeout_graceful_shutdown=5,
        )
    )


def inherited_socket(descriptor: int) -> socket.socket:
    """The listening socket the supervisor opened."""
    return socket.socket(fileno=descriptor)
