"""What stages are folded from: the shared pieces of the snapshot being compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from permissions.credential_table import CredentialTable
from permissions.credentials import TokenVerifier
from permissions.spec import ConsumerSpec
from proxy.jwks import JwksKeys
from proxy.limiting.limit import Limit
from proxy.options import GatewayOptions
from proxy.plugin_bindings import Binding, BoundPlugins, Config, Level
from proxy.principal import PrincipalCache
from proxy.state.board import Board
from proxy.state.counter_store import CounterStore
from routing.spec import RouteSpec

if TYPE_CHECKING:
    from proxy.live_state import LiveState
    from proxy.snapshot.snapshot import CompiledService


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once a snapshot, handed to each stage's `fold`."""

    options: GatewayOptions
    verifier: TokenVerifier
    credentials: CredentialTable
    principals: PrincipalCache
    keys: JwksKeys
    counters: CounterStore
    board: Board
    live: LiveState
    services: Mapping[str, CompiledService] = field(default_factory=dict)
    """By name."""
    consumers: Mapping[str, ConsumerSpec] = field(default_factory=dict)
    """By name."""
    consumer_plugins: frozenset[str] = frozenset()
    """Names of the consumers that have plugins of their own."""
    consumer_limits: Mapping[str, Limit] = field(default_factory=dict)
    """Their own limits by name."""
    global_plugins: Mapping[str, Config] = field(default_factory=dict)
    caches: bool = False
    """Whether any route has its replies cached, so that the changes others make must be heeded."""

    def bound_plugins(self, route: RouteSpec, consumer: str = "") -> BoundPlugins:
        """What is in force for a route, and for a consumer's requests to it.

        Raises `ValueError` where nobody can tell what its service's row binds.
        """
        service = self.services.get(route.service_name)
        bindings: list[Binding] = [("global", "", self.global_plugins)]
        if service is not None:
            if service.spec.problem:
                raise ValueError(f"service {route.service_name}: {service.spec.problem}")
            bindings.append(("service", service.spec.id, service.spec.plugins))
        bindings.append(("route", route.id, route.plugins))
        if consumer:
            bindings.append(("consumer", consumer, self.consumers[consumer].plugins))
        return BoundPlugins(binding for binding in bindings if binding[2])

    def levels(self, name: str, route: RouteSpec) -> tuple[tuple[Level, str, Config], ...]:
        """Every configuration of a plugin that adds up over the levels; `route` as `fold` was given it."""
        plugins: Any = route.plugins
        return plugins.levels(name) if isinstance(plugins, BoundPlugins) else ()
