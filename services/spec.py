"""What the data plane knows of a service: plain values, no Django.

A spec is the compiled form of rows; `services/compile.py` makes them and the snapshot carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Scheme = Literal["http", "https"]
InstanceStatus = Literal["healthy", "unhealthy", "draining"]

ENABLED = "enabled"
"""Member that every plugin configuration may have: false switches the plugin off although a wider binding has it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """One address that answers for a service."""

    id: str
    """UUID of the row: the stable key of live state (pools, counters)."""
    instance_id: str
    """The name its owner registered it under; unique within the service."""
    scheme: Scheme
    host: str
    """A name or an IP address, IPv6 without brackets."""
    port: int
    weight: int = 100
    """Share of traffic relative to its siblings, 1..1000."""
    status: InstanceStatus = "healthy"
    priority: int = 0
    """Tier: 0 is asked first, a higher one only while every lower one is unusable."""
    health_check_path: str = ""
    """Path with optional query that is asked for; empty: not asked."""
    health_check_interval_seconds: int = 30
    lease_seconds: int | None = None
    """How long a registration holds without a heartbeat; None for ever."""
    lease_expires_at: float | None = None
    """Epoch seconds; as of the last time the configuration was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSpec:
    """When a circuit opens, for the service and each of its instances (G-360)."""

    max_failures: int = 5
    """Failures in a row within `interval_seconds` that open it."""
    interval_seconds: float = 30.0
    open_seconds: float = 30.0
    """How long it stays open before it lets probes through."""
    half_open_requests: int = 1
    """Probes let through at once, and successes needed to close it."""
    error_rate: float | None = None
    """Share of failures, above 0 to 1, that opens it too; None: not looked at."""
    min_requests: int = 20
    """Requests within the interval below which `error_rate` says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSpec:
    """How instances are watched (G-208). Times are seconds."""

    timeout_seconds: float = 2.0
    healthy_after: int = 2
    """Successful checks in a row that bring an instance back."""
    unhealthy_after: int = 3
    """Failed checks in a row that take it out."""
    eject_after: int | None = 5
    """Failed requests in a row that take it out for `eject_seconds`; None: never."""
    eject_seconds: float = 30.0
    max_ejected_percent: int = 50
    """Largest share of a service's instances out at once by this rule, rounded down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A named set of instances and how to connect to them."""

    id: str
    name: str
    instances: tuple[InstanceSpec, ...] = ()
    """Ordered by registration time, then id, so that every worker walks them alike."""
    connect_timeout_seconds: float = 5.0
    answer_timeout_seconds: float | None = None
    """From the sent request to the head of its answer, then another instance is asked; None: the route's time."""
    verify_tls: bool = True
    tls_server_name: str = ""
    """Name sent as SNI and checked against the certificate; empty: the instance's host."""
    tls_ca_pem: str = ""
    """PEM certificates to trust instead of the system's; empty: the system's."""
    breaker: BreakerSpec = BreakerSpec()
    health: HealthSpec = HealthSpec()
    slow_start_seconds: float = 0.0
    """Over which the share of a new or recovered instance grows to its weight; 0: at once."""
    rate_limit_rpm: int | None = None
    """Requests a minute to the whole service."""
    limiter_rate: float | None = None
    """Requests a second that refill its token bucket; None: no bucket."""
    limiter_peak: int | None = None
    """Size of the bucket; None: as many as come in a second."""
    plugins: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    """Why the row cannot be served as it stands; its routes then answer an error."""
