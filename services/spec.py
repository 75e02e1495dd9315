"""What the data plane knows of a service: plain values, no Django.

A spec is the compiled form of rows; `services/compile.py` makes them and the snapshot carries them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scheme = Literal["http", "https"]
InstanceStatus = Literal["healthy", "unhealthy", "draining"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A named set of instances and how to connect to them."""

    id: str
    name: str
    instances: tuple[InstanceSpec, ...] = ()
    """Ordered by registration time, then id, so that every worker walks them alike."""
    connect_timeout_seconds: float = 5.0
    verify_tls: bool = True
    tls_server_name: str = ""
    """Name sent as SNI and checked against the certificate; empty: the instance's host."""
    tls_ca_pem: str = ""
    """PEM certificates to trust instead of the system's; empty: the system's."""
