"""What the data plane knows of a route: plain values, no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

PathKind = Literal["exact", "prefix", "pattern", "regex"]
PathHandling = Literal["refuse", "normalise", "keep_encoded"]
PermissionStrategy = Literal["any", "all"]
Operator = Literal["equals", "not_equals", "matches", "present", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSpec:
    """One test of a header or query parameter that a request must pass."""

    name: str
    """Header name in lower case, or the query parameter's name as written."""
    operator: Operator = "equals"
    value: str = ""
    """The text compared with, or for `matches` a regular expression the whole value must match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteSpec:
    """A regular-expression replacement applied to the upstream path after the target is filled in."""

    regex: str
    replacement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSpec:
    """One row of the routing table, every field of G-100…G-107 that traffic needs."""

    id: str
    service_id: str
    service_name: str
    path_pattern: str
    target_url: str
    path_kind: PathKind
    """Derived from the pattern when the row leaves it open: no `*` exact, one `*` at the end prefix, else pattern."""
    methods: tuple[str, ...] = ()
    """Upper case; empty means any method."""
    name: str = ""
    version: str = "v1"
    hosts: tuple[str, ...] = ()
    """Lower case, exact or `*.example.com`; empty means any host."""
    priority: int = 0
    created_at: float = 0.0
    """Epoch seconds; the older of two otherwise equal routes wins (G-301)."""
    header_conditions: tuple[ConditionSpec, ...] = ()
    query_conditions: tuple[ConditionSpec, ...] = ()
    client_cidrs: tuple[str, ...] = ()
    """Networks the client's address must lie in, one of them; empty means any."""
    requires_auth: bool = True
    required_permissions: tuple[str, ...] = ()
    permission_check_strategy: PermissionStrategy = "any"
    rate_limit_rpm: int | None = 1000
    timeout_seconds: float = 30.0
    retry_count: int = 3
    circuit_breaker_enabled: bool = True
    cache_enabled: bool = False
    cache_ttl_seconds: int = 300
    load_balance_strategy: str = "round_robin"
    hash_key: str = ""
    """What the strategy `hash` chooses by, as `services/hash_key.py` reads it."""
    preserve_host: bool = False
    """True: the upstream sees the client's Host; False: the instance's host and port."""
    path_handling: PathHandling = "refuse"
    """What to do with an ambiguous path (G-305)."""
    strip_path: bool | None = None
    """None: `target_url` with `*` filled in (G-304). True or False: `target_url` joined with the path, without or with
    its matched literal prefix."""
    rewrite: RewriteSpec | None = None
    max_body_bytes: int | None = None
    """Largest request body in bytes; None means the gateway's own limit."""
    plugins: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    """Why this row could not be compiled; the route then keeps its place and answers F50000 (G-504)."""
