"""Whether the service is asked at all, or has failed too often of late (G-360).

The breakers of its instances are asked while candidates are walked (`proxy/forwarding/dispatch.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from proxy.breaker.passage import LOAN_MARGIN_SECONDS, Passage
from proxy.breaker.rules import SERVICE
from proxy.errors import circuit_open
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "break_circuit"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], None] | None:
    """A route made of several calls has none of its own: each call asks the breakers of its service (`aggregate`)."""
    return None if "aggregate" in route.plugins else admission(route)


def admission(route: RouteSpec) -> Callable[[Exchange], None] | None:
    """A route with `circuit_breaker_enabled` off neither obeys the breakers nor tells them anything."""
    if not route.circuit_breaker_enabled:
        return None
    patience = route.timeout_seconds + LOAN_MARGIN_SECONDS

    def break_circuit(exchange: Exchange) -> None:
        assert exchange.service is not None
        breakers = exchange.service.breakers
        if breakers is None:
            return
        exchange.successes = breakers.successes
        exchange.calm = breakers.calm()
        if exchange.calm is not None:
            return
        now = time.monotonic()
        loan_ends = now + patience
        ticket = breakers.admit(SERVICE, now, loan_ends)
        if ticket is None:
            raise circuit_open(breakers.retry_after((SERVICE,), now))
        exchange.passage = Passage(breakers, ticket, loan_ends, breakers.successes)

    return break_circuit
