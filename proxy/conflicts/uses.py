"""Which services the requests of a route may go to, and which others it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from proxy.plugin_bindings import Binding, BoundPlugins
from proxy.plugins import PLUGINS
from proxy.snapshot.configuration import Configuration
from routing.spec import RouteSpec
from services.spec import ServiceSpec


class Uses(NamedTuple):
    """Ids of services. `answering` is empty for a route that never asks one."""

    answering: frozenset[str]
    named: frozenset[str]


class ServiceUses:
    """What each route of a configuration uses. What was found of a configuration before is taken over."""

    def __init__(self, configuration: Configuration, before: ServiceUses | None = None) -> None:
        self._global = configuration.plugins
        self._basis = (self._global, [(one.id, one.name, one.plugins) for one in configuration.services])
        """All but the route itself that its uses depend on."""
        self._found: dict[tuple[str, int], tuple[Any, Uses]] = {}
        """By the service of a route and the identity of its plugins; they are kept beside, so that it stays theirs."""
        self._earlier = before._found if before is not None and before._basis == self._basis else self._found
        self._services = {service.id: service for service in configuration.services}
        self._ids = {service.name: service.id for service in configuration.services}
        self.by_consumers = frozenset(
            self._ids[name]
            for consumer in configuration.consumers
            for name in _named(consumer.plugins)
            if name in self._ids
        )
        """Ids of those that plugins of consumers name."""

    def of(self, route: RouteSpec) -> Uses:
        """By the plugins in force for the route."""
        key = (route.service_id, id(route.plugins) if route.plugins else 0)
        held = self._found.get(key)
        if held is None:
            held = self._found[key] = self._earlier.get(key) or (route.plugins, self._of(route))
        return held[1]

    def _of(self, route: RouteSpec) -> Uses:
        plugins = self._bound(route)
        own = frozenset((route.service_id,))
        others = frozenset(self._ids[name] for name in _named(plugins) if name in self._ids)
        if "redirect" in plugins and not plugins["redirect"].get("https"):
            return Uses(frozenset(), others)
        if "aggregate" in plugins:
            parts = plugins["aggregate"]["parts"].values()
            asked = {self._ids.get(part["service"], "") if "service" in part else route.service_id for part in parts}
            return Uses(frozenset(asked - {""}), others | asked)
        return Uses(own, own | others)

    def _bound(self, route: RouteSpec) -> BoundPlugins:
        service: ServiceSpec | None = self._services.get(route.service_id)
        of_service: Mapping[str, Any] = service.plugins if service is not None else {}
        bindings: tuple[Binding, ...] = (
            ("global", "", self._global),
            ("service", route.service_id, of_service),
            ("route", route.id, route.plugins),
        )
        return BoundPlugins(bindings)


def _named(plugins: Mapping[str, Any]) -> set[str]:
    """The services that configurations name."""
    return {name for plugin, config in plugins.items() if plugin in PLUGINS for name in _services(plugin, config)}


def _services(plugin: str, config: Any) -> set[str]:
    services = getattr(PLUGINS[plugin], "services", None)
    return set(services(config)) if services is not None else set()
