"""A gateway that only says what it would do: a runtime of its own on stores that keep nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

from permissions.identity import Identity
from proxy.conflicts.conflict import Conflict
from proxy.conflicts.conflicts import conflicts
from proxy.explain.asked import Asked
from proxy.explain.checking import Checked, check
from proxy.explain.explain import explain
from proxy.explain.explanation import Explanation
from proxy.explain.live import Live
from proxy.explain.looking import by_counters, by_redis
from proxy.explain.problems import Problem, problems
from proxy.options import GatewayOptions
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from proxy.state.unchanged import UnchangedBoard, UnchangedCounters
from routing.matcher import RouteTable
from routing.problems import marked
from routing.spec import RouteSpec

CONTROL_SOCKET = "/nowhere"
"""The control plane's own paths are told apart, never asked."""


class Explainer:
    """Of one configuration.

    `inactive` are routes that are switched off, `permissions` the codes there are but those of the system itself.
    """

    def __init__(
        self,
        configuration: Configuration,
        inactive: Iterable[RouteSpec],
        permissions: Iterable[str],
        options: GatewayOptions,
        live: Live,
    ) -> None:
        quiet = replace(options, redis_url="", access_log="", otel_endpoint="")
        counters = UnchangedCounters(live.counters)
        self.configuration = configuration
        self._permissions = tuple(permissions)
        self._runtime = GatewayRuntime(quiet, CONTROL_SOCKET, counters, UnchangedBoard(live.board), live.replies)
        self._runtime.apply(configuration)
        self._look = by_counters(counters)
        if options.redis_url:
            self._look = by_redis(options.redis_url, options.limit_redis_seconds, self._look)
        self._inactive: RouteTable[Any] = RouteTable((spec, None) for spec in marked(inactive))

    async def explain(self, asked: Asked) -> Explanation:
        """What would become of a request."""
        return await explain(self._runtime, asked, self._look, self._inactive)

    async def check(self, asked: Asked, identity: Identity | None) -> Checked:
        """Whether a caller may make a request: `identity`, else whoever its token names."""
        return await check(self._runtime, asked, identity)

    @cached_property
    def problems(self) -> list[Problem]:
        """What of the configuration cannot be served."""
        return problems(self._runtime.snapshot, self.configuration)

    @cached_property
    def conflicts(self) -> list[Conflict]:
        """What of it has no effect."""
        return conflicts(self.configuration, self._permissions)
