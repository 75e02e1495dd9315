"""The paths no route may serve, because they belong to the control plane (G-105). Pure: no Django."""

from __future__ import annotations

RESERVED_PATHS = (
    b"/admin",
    b"/console",
    b"/gateway",
    b"/health",
    b"/metrics",
    b"/openapi.json",
    b"/static",
    b"/swagger-ui",
)
"""First segments. Anything below one is reserved too: `/admin/x` is, `/administration` is not."""

OPEN_PATHS = frozenset({b"/health", b"/health/live", b"/health/ready", b"/admin/auth/token", b"/admin/auth/refresh"})
"""What clients and load balancers need of the control plane: also served where traffic is (edge rule A5)."""


def is_reserved(path: bytes) -> bool:
    """Whether a request path (canonical, without its query) belongs to the control plane."""
    second_slash = path.find(b"/", 1)
    return (path if second_slash < 0 else path[:second_slash]) in RESERVED_PATHS
