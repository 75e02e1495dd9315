"""The data plane's settings: one frozen value built from Django's settings and handed to every worker.

`gateway_project/settings.py` fills it from the environment; docs/settings.md lists each with its variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KIB = 1024
MIB = 1024 * KIB

LimitFallback = Literal["local", "open", "closed"]

DENIED_TARGETS = (
    "0.0.0.0/8",
    "::/128",
    "169.254.0.0/16",
    "fe80::/10",
    "fd00:ec2::254/128",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "ff00::/8",
)
"""Unspecified, link-local (the metadata services of clouds; the others follow one by one), multicast, reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """Limits, times and trust of one node. Times are seconds, sizes bytes."""

    max_request_line_bytes: int = 8 * KIB
    max_header_bytes: int = 64 * KIB
    max_header_count: int = 100
    max_body_bytes: int | None = None
    max_control_body_bytes: int = 10 * MIB
    header_timeout_seconds: float = 10.0
    keep_alive_timeout_seconds: float = 75.0
    body_timeout_seconds: float = 60.0
    """Longest silence of a client in the middle of a request body, or while its answer waits to be taken."""
    max_connections: int = 10_000
    """Client connections one worker holds at once; more are answered 503 and closed."""
    max_connections_per_address: int | None = 5_000
    """Of these, connections from one address (IPv6: /64) that is no trusted proxy; more are answered 429 and closed."""
    upstream_max_connections: int = 512
    """Connections one worker opens to one instance."""
    upstream_queue_size: int = 1024
    """Requests that may wait for a connection to one instance; more are answered 503."""
    upstream_idle_seconds: float = 60.0
    retry_budget_percent: float = 20.0
    """Largest share of a service's requests that one worker sends again, over the last five to ten seconds."""
    retry_budget_floor: int = 30
    """Retries allowed in that time however few the requests are."""
    tunnel_idle_seconds: float = 300.0
    """How long a WebSocket may be silent both ways before it is closed."""
    websocket_max_message_bytes: int | None = None
    """Longest WebSocket message as it is on the wire, over all its fragments."""
    websocket_ends_with_token: bool = True
    """Whether a WebSocket is closed when the token that opened it expires."""
    batch_path: str = "/gateway/batch"
    """Where several requests may be sent as one; empty for nowhere."""
    batch_max_bytes: int = 4 * MIB
    """Largest body of a batch, and the most that the answers of its parts may have together."""
    batch_max_depth: int = 32
    """Levels of objects and lists in the body of a batch, its own two and a part's object among them."""
    drain_seconds: float = 30.0
    """How long a stopping worker lets running requests finish."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose X-Forwarded-For, -Proto, -Host and Forwarded are believed (G-344)."""
    denied_targets: tuple[str, ...] = DENIED_TARGETS
    """Networks and ADDRESS:PORT that no instance, health check or key address is connected to; the node adds the
    listeners of its own control plane."""
    jwks_private_networks: tuple[str, ...] = ()
    """Networks that are not of the public internet from which key sets may be fetched all the same."""
    redis_url: str = ""
    """Redis that machines share their limits through; empty: each machine counts for itself."""
    cache_bytes: int = 64 * MIB
    """Memory of the response cache, shared by the workers of a machine."""
    cache_max_entry_bytes: int = MIB
    """Largest body the response cache keeps."""
    limit_redis_seconds: float = 0.08
    """How long that Redis may be silent before it counts as lost: what a request waits for it at most."""
    limit_fallback: LimitFallback = "local"
    """What limits do while that Redis does not answer: this machine's own count, no limit, or 503."""
    via_pseudonym: str = "api-gateway"
    """Name in `Via`; empty adds none."""
    send_forwarded: bool = True
    """Whether RFC 7239 `Forwarded` is added beside X-Forwarded-*."""
    access_log: str = "-"
    """File for access records, `-` for standard output, empty for none."""
    otel_endpoint: str = ""
    """URL of an OpenTelemetry collector that takes OTLP over HTTP; empty: no spans are made."""
    otel_sample_ratio: float = 0.1
    """Part of the traces that begin here which is recorded, 0 to 1; a caller's `traceparent` decides for its own."""
    otel_service_name: str = "api-gateway"
    """`service.name` of the spans."""
    expose_instance: bool = False
    """Whether replies name the instance that answered in `X-Gateway-Instance`."""
