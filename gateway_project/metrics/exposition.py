"""The five families of the interface description as Prometheus text, word for word (G-261). Pure."""

from __future__ import annotations

from typing import NamedTuple


class Totals(NamedTuple):
    """What the five families show."""

    requests: int
    errors: int
    average_ms: float
    active_routes: int
    healthy_instances: int


FAMILIES = (
    ("gateway_requests_total", "counter", "Total number of requests"),
    ("gateway_errors_total", "counter", "Total number of error requests"),
    ("gateway_response_time_ms", "gauge", "Average response time in milliseconds"),
    ("gateway_active_routes", "gauge", "Number of active routes"),
    ("gateway_healthy_instances", "gauge", "Number of healthy service instances"),
)


def exposition(totals: Totals) -> str:
    """The text, without a newline at its end, as the interface description shows it."""
    lines = []
    for (name, kind, help_text), value in zip(FAMILIES, totals, strict=True):
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", f"{name} {number(value)}"]
    return "\n".join(lines)


def number(value: float) -> str:
    """Three decimals at most, and none for whole numbers."""
    return str(round(value, 3)).removesuffix(".0")
