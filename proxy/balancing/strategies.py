"""The strategies a route may name in `load_balance_strategy` (G-380). A new one is a file and a line here."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from proxy.balancing.balancer import Balancer
from proxy.balancing.consistent_hash import ConsistentHash
from proxy.balancing.ewma import PeakEwma
from proxy.balancing.least_connections import LeastConnections
from proxy.balancing.round_robin import RoundRobin
from proxy.balancing.uniform_random import UniformRandom
from proxy.balancing.weighted import SmoothWeighted
from proxy.balancing.weighted_random import WeightedRandom

STRATEGIES: dict[str, Callable[[], Balancer]] = {
    "round_robin": RoundRobin,
    "weighted": SmoothWeighted,
    "least_connections": LeastConnections,
    "random": partial(UniformRandom, random.random),
    "weighted_random": partial(WeightedRandom, random.random),
    "hash": ConsistentHash,
    "ewma": partial(PeakEwma, time.monotonic),
}
