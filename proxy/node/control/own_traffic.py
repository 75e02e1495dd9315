"""Watched traffic of a gateway that is one process: its one worker and the feed side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from django.conf import settings

from proxy.runtime import GatewayRuntime
from proxy.traffic import feed
from proxy.traffic.showing import Showing
from proxy.traffic.wanted import Wanted


class OwnTraffic:
    """To be made on the event loop; registers the feed until `close`."""

    def __init__(self, runtime: GatewayRuntime) -> None:
        self._loop = asyncio.get_running_loop()
        self._feed = feed.Feed(self._ask, settings.GATEWAY_TRAFFIC_WATCHERS)
        self._showing = Showing(runtime.access_log, self._feed.hear)
        self._renewing = asyncio.create_task(self._feed.renewing())
        feed.register(self._feed)

    def close(self) -> None:
        """Whoever watches is told that nothing more will come."""
        feed.unregister()
        self._renewing.cancel()
        self._feed.end()

    def _ask(self, wanted: Sequence[Wanted]) -> None:
        self._loop.call_soon_threadsafe(self._showing.watch, wanted)
