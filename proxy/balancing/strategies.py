"""The strategies a route may name in `load_balance_strategy` (G-380). A new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Callable

from proxy.balancing.balancer import Balancer
from proxy.balancing.least_connections import LeastConnections
from proxy.balancing.round_robin import RoundRobin
from proxy.balancing.weighted import SmoothWeighted

STRATEGIES: dict[str, Callable[[], Balancer]] = {
    "round_robin": RoundRobin,
    "weighted": SmoothWeighted,
    "least_connections": LeastConnections,
}
