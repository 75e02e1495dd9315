"""What somebody who watches the traffic wants to see of it. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import msgspec

from proxy.access_log import AccessRecord

SLOWEST_MS = 3_600_000.0


class Wanted(msgspec.Struct, frozen=True):
    """Conditions that all hold; an empty one is none."""

    watcher: int
    """Whoever watches, by number."""
    route: str = ""
    """Its name, or its id where it has none."""
    service: str = ""
    status: str = ""
    """`404`, or `5xx` for a class."""
    user: str = ""
    slow_ms: float = 0.0
    """Requests that took at least so long."""
    services: frozenset[str] | None = None
    """Of these alone, by name; None: of any, and of none."""


def wants(wanted: Wanted, record: AccessRecord) -> bool:
    """Whether a request is among those asked for."""
    return (
        (not wanted.route or record.route == wanted.route)
        and (not wanted.service or record.service == wanted.service)
        and (not wanted.user or record.user == wanted.user)
        and record.ms >= wanted.slow_ms
        and (not wanted.status or is_status(record.status, wanted.status))
        and may_see(wanted.services, record.service)
    )


def is_status(status: int, wanted: str) -> bool:
    """`wanted` is a status or, as `5xx`, its class."""
    return status // 100 == int(wanted[0]) if wanted.endswith("xx") else status == int(wanted)


def may_see(services: AbstractSet[str] | None, service: str) -> bool:
    """Whether who may see these services may see a request to this one."""
    return services is None or (service != "" and service in services)
