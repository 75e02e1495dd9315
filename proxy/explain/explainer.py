"""A gateway that only says what it would do: a runtime of its own on stores that keep nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

from permissions.identity import Identity
from proxy.conflicts.conflict import Conflict
from proxy.conflicts.conflicts import Report
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
    `report` makes the report. From the explainer `before`, where that has the same options and stores, it takes over
    what has not changed.
    """

    def __init__(
        self,
        configuration: Configuration,
        inactive: Iterable[RouteSpec],
        permissions: Iterable[str],
        options: GatewayOptions,
        live: Live,
        report: Callable[[Configuration, Iterable[str]], Report] = Report,
        before: Explainer | None = None,
    ) -> None:
        self.configuration = configuration
        self._permissions = tuple(permissions)
        self._options, self._live, self._report = options, live, report
        self._counters = UnchangedCounters(live.counters)
        self._look = by_counters(self._counters)
        if options.redis_url:
            self._look = by_redis(options.redis_url, options.limit_redis_seconds, self._look)
        self._inactive: RouteTable[Any] = RouteTable((spec, None) for spec in marked(inactive))
        alike = before is not None and (before._options, before._live) == (options, live)
        self._earlier = before._made if before is not None and alike else None

    @property
    def _made(self) -> GatewayRuntime | None:
        """The runtime if somebody has needed it, else the one it would go on from."""
        found: GatewayRuntime | None = self.__dict__.get("_runtime", self._earlier)
        return found

    @cached_property
    def _runtime(self) -> GatewayRuntime:
        """One with the snapshot; what has not changed since another's is taken over, which stays as it is."""
        if self._earlier is not None:
            runtime, self._earlier = copy(self._earlier), None
        else:
            quiet = replace(self._options, redis_url="", access_log="", otel_endpoint="")
            board = UnchangedBoard(self._live.board)
            runtime = GatewayRuntime(quiet, CONTROL_SOCKET, self._counters, board, self._live.replies)
        runtime.apply(self.configuration)
        return runtime

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
        return self._report(self.configuration, self._permissions).conflicts
