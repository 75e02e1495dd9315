"""Which instance of a service gets the next request."""

from __future__ import annotations

from proxy.balancing.balancer import Balancer as Balancer
from proxy.balancing.candidates import usable as usable
from proxy.balancing.strategies import STRATEGIES as STRATEGIES
