"""A gateway without sockets, and the same gateway explained."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import Any

from proxy.errors import GatewayError
from proxy.explain.asked import Asked
from proxy.explain.explain import explain
from proxy.explain.explanation import Explanation
from proxy.explain.looking import by_counters
from proxy.http1.fields import Headers
from proxy.options import GatewayOptions
from proxy.pipeline import serve
from proxy.runtime import GatewayRuntime
from proxy.snapshot.configuration import Configuration
from proxy.state.own_board import OwnBoard
from proxy.state.own_counters import OwnCounters
from proxy.state.unchanged import UnchangedBoard, UnchangedCounters
from routing.matcher import RouteTable
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec
from tests.common.tokens import BUILT_IN

OPTIONS = GatewayOptions(access_log="", upstream_idle_seconds=0.1)


def an_instance(number: int = 1, **fields: Any) -> InstanceSpec:
    """One at a port where nobody listens."""
    return InstanceSpec(id=f"i{number}", instance_id=f"one-{number}", scheme="http", host="127.0.0.1", port=1, **fields)


def a_service(name: str = "s", *instances: InstanceSpec, **fields: Any) -> ServiceSpec:
    return ServiceSpec(id=name, name=name, instances=instances, **fields)


def a_configuration(*routes: RouteSpec, services: tuple[ServiceSpec, ...] = (), **fields: Any) -> Configuration:
    """With the service `s` of one instance, and the built-in issuer."""
    known = services or (a_service("s", an_instance()),)
    return Configuration(revision=7, routes=routes, services=known, issuers=(BUILT_IN,), **fields)


class Client:
    """Takes an answer and keeps its status."""

    def __init__(self) -> None:
        self.started = False
        self.status = 0

    def body_now(self) -> bytes:
        return b""

    async def read(self) -> bytes:
        return b""

    async def inform(self, status: int, headers: Headers) -> None:
        """Dropped."""

    async def respond(self, status: int, reason: bytes, headers: Headers, body: bytes, length: int) -> None:
        self.started, self.status = True, status

    def abort(self) -> None:
        """Nothing to break."""


@dataclass
class Served:
    """What became of a request."""

    route: str
    outcome: str
    status: int


class Gateway:
    """`serve` answers a request; `explain` tells what it would answer."""

    def __init__(self, configuration: Configuration, inactive: tuple[RouteSpec, ...] = (), **options: Any) -> None:
        settings = dataclasses.replace(OPTIONS, **options)
        counters, board = OwnCounters(), OwnBoard()
        self.counters, self.board = counters, board
        self.runtime = GatewayRuntime(settings, control_socket="/nowhere", counters=counters, board=board)
        self.explained = GatewayRuntime(
            settings,
            control_socket="/nowhere",
            counters=UnchangedCounters(counters),
            board=UnchangedBoard(board),
            replies=self.runtime.live.cache.store,
        )
        for runtime in (self.runtime, self.explained):
            runtime.apply(configuration)
        self.inactive = RouteTable((spec, None) for spec in inactive)

    def explain(self, asked: Asked) -> Explanation:
        look = by_counters(self.explained.live.counters)
        return asyncio.run(explain(self.explained, asked, look, self.inactive))

    def serve(self, asked: Asked) -> Served:
        """By the pipeline itself; the record of the request says what became of it."""
        seen: list[Served] = []

        def end(exchange: Any, head: Any) -> None:
            route = exchange.route.spec.id if exchange.route is not None else ""
            seen.append(Served(route, str(exchange.outcome), exchange.status))

        async def one() -> None:
            head = asked.head(self.runtime.options)
            downstream: Any = Client()
            await serve(self.runtime, head, downstream, peer=asked.address, scheme=asked.scheme, surface="all")

        self.runtime.observe.end = end  # type: ignore[method-assign]
        try:
            asyncio.run(one())
        except GatewayError as error:  # the head itself
            return Served("", str(error.code), error.status)
        return seen[0]
