"""The two ASGI applications: the whole gateway in one process, and the control plane alone.

`application` serves reserved paths with Django and everything else with the proxy, so
`daphne gateway_project.asgi:application` is a complete single-process gateway. A node's control process runs
`control_application`; its workers carry the traffic.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway_project.settings")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

SNAPSHOT_NAME = "asgi.snapshot"
"""The last good configuration of this process, apart from that of a node in the same state directory (G-505)."""


def make_django() -> Any:
    """The control plane. As Django's own `get_asgi_application`, but for the handler."""
    django.setup(set_prefix=False)
    from gateway_project.asgi_handler import EnvelopeHandler

    return EnvelopeHandler()


django_application: Any = make_django()


class SurfaceChooser:
    """Sends each HTTP request to the surface that owns its path (G-105)."""

    def __init__(self, control: AsgiApp, make_proxy: Callable[[], AsgiApp]) -> None:
        self.control = control
        self.make_proxy = make_proxy
        self._proxy: AsgiApp | None = None

    @property
    def proxy(self) -> AsgiApp:
        """The data plane, made when first needed: a process that only migrates has no use for it."""
        if self._proxy is None:
            self._proxy = self.make_proxy()
        return self._proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lifespan and WebSocket go to the data plane; HTTP by its path."""
        is_control = scope["type"] == "http" and owns_path(scope)
        await (self.control if is_control else self.proxy)(scope, receive, send)


def owns_path(scope: Scope) -> bool:
    """Whether the control plane answers this request.

    The decoded path is asked, so no spelling of a reserved path can reach a route; what Django does not know, it
    answers with 404.
    """
    from django.conf import settings

    from routing.reserved import is_reserved

    path = scope["path"].encode("utf-8", "surrogateescape")
    return is_reserved(path) and path != settings.GATEWAY_OPTIONS.batch_path.encode()


def make_proxy() -> AsgiApp:
    """The data plane with its in-process reloader."""
    from django.conf import settings

    from proxy.lifespan import SingleProcessGateway

    return SingleProcessGateway(settings.GATEWAY_OPTIONS, settings.GATEWAY_STATE_DIR / SNAPSHOT_NAME)


chooser = SurfaceChooser(django_application, make_proxy)
application = ProtocolTypeRouter({"http": chooser, "websocket": chooser, "lifespan": chooser})
control_application = ProtocolTypeRouter({"http": django_application, "websocket": URLRouter([])})
