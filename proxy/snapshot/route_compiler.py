"""From the spec of a route to what serves its requests: at once, or when the first of them comes.

A node with a hundred thousand routes would spend most of its start, and of its memory, on chains of stages that no
request has asked for yet.
"""

from __future__ import annotations

from dataclasses import fields, replace

from proxy.live_state import LiveState
from proxy.snapshot.built_in import as_sent
from proxy.snapshot.parts import Parts
from proxy.snapshot.snapshot import CompiledRoute, CompiledService, Fold
from routing.spec import RouteSpec
from routing.target import compile_target
from services.spec import ServiceSpec


class RouteCompiler:
    """What the routes of one snapshot are compiled with."""

    def __init__(self, parts: Parts, live: LiveState, fold: Fold) -> None:
        self._parts = parts
        self._live = live
        self._fold = fold
        self._narrow: dict[str, RouteCompiler] = {}

    def route(self, spec: RouteSpec, service: CompiledService | None) -> CompiledRoute:
        """The route, or one that is compiled at its first use.

        What may not work is tried now, so that it is known (G-504): plugins, whose rules may be newer than their
        configuration, and a service that cannot be used. All else was tried where the spec was made.
        """
        if service is None or service.problem or spec.problem or spec.plugins or self._parts.global_plugins:
            return self.compiled(spec, service)
        named = self._parts.services.get(spec.service_name)
        if named is not None and (named.spec.plugins or named.spec.problem):
            return self.compiled(spec, service)
        return PendingRoute.of(spec, service, self._later(spec.service_name))

    def _later(self, name: str) -> RouteCompiler:
        """One for routes of the service of this name. It may outlive the snapshot, but holds no more of it than needed.

        Only plugins name other services, and of those consumers alone may have any here.
        """
        if self._parts.consumer_plugins:
            return self
        if name not in self._narrow:
            services = {key: one for key, one in ((name, self._parts.services.get(name)),) if one is not None}
            self._narrow[name] = RouteCompiler(replace(self._parts, services=services), self._live, self._fold)
        return self._narrow[name]

    def compiled(self, spec: RouteSpec, service: CompiledService | None) -> CompiledRoute:
        """The route; one that cannot be compiled has a problem and keeps its place."""
        meter = self._live.meters.route(spec.name or spec.id, spec.service_name)
        try:
            if spec.problem:
                raise ValueError(spec.problem)
            if service is None:
                raise ValueError(f"service {spec.service_name} is not in the configuration")
            if service.problem:
                raise ValueError(service.problem)
            balancer = self._live.balancer(service.spec, spec.load_balance_strategy)
            chain = self._fold(spec, self._parts)
            return CompiledRoute(spec, service, balancer, compile_target(spec), chain, meter=meter)
        except Exception as error:  # noqa: BLE001 - one row that is wrong, however, must not take the others with it
            nowhere = ServiceSpec(id=spec.service_id, name=spec.service_name)
            balancer = self._live.balancer(nowhere, "round_robin")
            service = CompiledService.unwatched(nowhere)
            return CompiledRoute(spec, service, balancer, as_sent, (), problem=_said(error), meter=meter)


class PendingRoute(CompiledRoute):
    """A route of which nothing but `spec` and `service` is there until something else is looked at.

    It then becomes an ordinary one, class and all, so that later requests read plain slots.
    """

    __slots__ = ()

    @classmethod
    def of(cls, spec: RouteSpec, service: CompiledService, compiler: RouteCompiler) -> PendingRoute:
        """One that `compiler` compiles."""
        route = object.__new__(cls)
        object.__setattr__(route, "spec", spec)
        object.__setattr__(route, "service", service)
        object.__setattr__(route, "compiler", compiler)
        return route

    def __getattr__(self, name: str) -> object:
        """Called for what is not there."""
        if name not in _COMPILED:
            raise AttributeError(name)
        compiled = self.compiler.compiled(self.spec, self.service)
        for each in _COMPILED:
            object.__setattr__(self, each, getattr(compiled, each))
        object.__setattr__(self, "__class__", CompiledRoute)
        return getattr(self, name)


_COMPILED = tuple(field.name for field in fields(CompiledRoute) if field.name != "spec")


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
