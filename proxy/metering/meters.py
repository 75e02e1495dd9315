"""All meters of a worker, by their labels; they outlive every snapshot."""

from __future__ import annotations

from proxy.metering.meter import InstanceMeter, RouteMeter
from proxy.metering.series import key

UNMATCHED = "unmatched"
"""Label of what reached no route; its service is empty."""
GONE = "other"
"""Label of routes and instances beyond `MAX_METERS`."""
MAX_METERS = 20_000
NODE = "node"
"""Family of the counters without further labels; its label is their name."""


class Meters:
    """The counters of one worker, cumulative since it started. For the thread of the event loop."""

    def __init__(self) -> None:
        self.unmatched = RouteMeter(UNMATCHED, "")
        self.counts: dict[str, int] = {}
        """Counters of the worker as a whole, by name (proxy/metering/counts.py)."""
        self._routes: dict[tuple[str, str], RouteMeter] = {}
        self._instances: dict[tuple[str, str], InstanceMeter] = {}
        self._sent_counts: dict[str, int] = {}

    def route(self, route: str, service: str) -> RouteMeter:
        """The meter of the routes with this label, the same across reloads."""
        found = self._routes.get((route, service))
        if found is None:
            if len(self._routes) >= MAX_METERS:
                route = service = GONE
            found = self._routes.setdefault((route, service), RouteMeter(route, service))
        return found

    def instance(self, service: str, instance: str) -> InstanceMeter:
        """The meter of an instance, the same across reloads."""
        found = self._instances.get((service, instance))
        if found is None:
            if len(self._instances) >= MAX_METERS:
                service = instance = GONE
            found = self._instances.setdefault((service, instance), InstanceMeter(service, instance))
        return found

    def count(self, name: str, by: int = 1) -> None:
        """Adds to a counter of the worker as a whole."""
        self.counts[name] = self.counts.get(name, 0) + by

    def changed(self) -> dict[str, list[float]]:
        """Every key with its value whose meter was touched since the last call."""
        found: dict[str, list[float]] = {}
        meters: list[RouteMeter | InstanceMeter] = [self.unmatched, *self._routes.values(), *self._instances.values()]
        for meter in meters:
            if meter.touched:
                meter.touched = False
                found |= meter.counters()
        for name, value in self.counts.items():
            if self._sent_counts.get(name) != value:
                self._sent_counts[name] = value
                found[key(NODE, name)] = [value]
        return found

    def counters(self) -> dict[str, list[float]]:
        """Every key with its value, except of meters that never counted anything. Callable from any thread."""
        found: dict[str, list[float]] = {}
        for meter in [self.unmatched, *list(self._routes.values())]:
            if meter.replies:
                found |= meter.counters()
        for each in list(self._instances.values()):
            found |= each.counters()
        return found | {key(NODE, name): [value] for name, value in list(self.counts.items())}
