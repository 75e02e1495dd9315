"""The compiled configuration: immutable, swapped by one assignment, kept by each request that began with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from proxy.balancing.balancer import Balancer
from proxy.breaker.service_breakers import ServiceBreakers
from proxy.exchange import Captures, Exchange
from proxy.forwarding.retry_budget import RetryBudget
from proxy.metering.meter import RouteMeter
from proxy.snapshot.configuration import Configuration
from proxy.snapshot.parts import Parts
from proxy.transport.pool import Pool
from routing.matcher import RouteTable
from routing.spec import RouteSpec
from services.spec import InstanceSpec, ServiceSpec

Decision = Callable[[Exchange], Awaitable[None] | None]
Fold = Callable[[RouteSpec, Parts], tuple[Decision, ...]]

CONTROL = "control"
"""Id of the built-in service that stands for this node's own control plane."""
BATCH = "batch"
"""Id of the built-in route that takes batches."""


class Report(Protocol):
    """Takes what came of asking an instance: it answered with less than 500, or failed.

    A client that left says nothing about the instance and is not reported. A failure that is not certain may have been
    that of an old connection.
    """

    def __call__(self, instance_id: str, *, success: bool, is_certain: bool = True) -> None:
        """Cheap where it is no news."""


@dataclass(frozen=True, slots=True)
class CompiledService:
    """A service with the instances that may be asked and the pool of each, by instance id.

    One with a `problem` cannot be spoken to: its routes answer an error, those of others do not notice (rule T9).
    """

    spec: ServiceSpec
    usable: tuple[InstanceSpec, ...]
    """By configuration; which of them may be asked now, `candidates` tells."""
    pools: dict[str, Pool]
    candidates: Callable[[], Sequence[InstanceSpec]]
    """The same object as long as nothing has changed (`proxy/health/availability.py`)."""
    report: Report
    doubted: Callable[[], Collection[str]] = frozenset
    """Ids of instances to which nothing goes that may not be repeated, as long as there are others."""
    problem: str = ""
    breakers: ServiceBreakers | None = None
    retries: RetryBudget = field(default_factory=RetryBudget)

    @classmethod
    def unwatched(cls, spec: ServiceSpec, pools: dict[str, Pool] | None = None, problem: str = "") -> CompiledService:
        """One whose instances may always be asked, which have a pool each; none without."""
        instances = spec.instances if pools else ()
        return cls(spec, instances, pools or {}, lambda: instances, _nothing, problem=problem)


def _nothing(instance_id: str, *, success: bool, is_certain: bool = True) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRoute:
    """A route with everything resolved that does not depend on the request."""

    spec: RouteSpec
    service: CompiledService
    balancer: Balancer
    target: Callable[[bytes, Captures], bytes]
    chain: tuple[Decision, ...]
    problem: str = ""
    meter: RouteMeter | None = None
    """Where its requests are counted; those of the control plane are not."""
    compiler: Any = None
    """Of one that is not compiled yet (`proxy/snapshot/route_compiler.py`)."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision, ready for traffic."""

    revision: int
    table: RouteTable[CompiledRoute]
    services: dict[str, CompiledService]
    control_route: CompiledRoute | None
    parts: Parts
    """What its chains were folded from."""
    configuration: Configuration
    """What all of it was compiled from."""
    compiled: dict[str, CompiledRoute]
    """Every route of the table, by id."""
    broken: frozenset[str] = frozenset()
    """Ids of the routes that cannot be served as they stand (G-504)."""
    problems: int = 0
    """How many they are, and the services."""
    batch_path: bytes = b""
    """Where batches are served; empty for nowhere."""
    batch_route: CompiledRoute | None = None
