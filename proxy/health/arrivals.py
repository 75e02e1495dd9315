"""Since when the instances of a service have been in its configuration as ones that may be asked: for slow start."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.balancing.candidates import usable
from services.spec import ServiceSpec


class Arrivals:
    """By service, from one configuration to the next. The instances a service begins with have always been there."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, float]] = {}

    def note(self, service: ServiceSpec, now: float) -> dict[str, float]:
        """By instance id, seconds of `now` at which it came, or came back from `draining` or `unhealthy`; 0: always."""
        before = self._known.get(service.id)
        since = now if before else 0.0
        arrived = {instance.id: (before or {}).get(instance.id, since) for instance in usable(service)}
        self._known[service.id] = arrived
        return arrived

    def keep(self, service_ids: Iterable[str]) -> None:
        """Forgets all other services."""
        self._known = {key: self._known[key] for key in service_ids if key in self._known}
