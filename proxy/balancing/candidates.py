"""Which instances of a service may get new requests (G-206)."""

from __future__ import annotations

from services.spec import InstanceSpec, ServiceSpec


def usable(service: ServiceSpec) -> tuple[InstanceSpec, ...]:
    """The healthy instances, neither draining nor unhealthy. Made once a configuration, not once a request."""
    return tuple(instance for instance in service.instances if instance.status == "healthy")
