"""The last stage: choose an instance, forward, bring the answer back (G-380, G-400…G-404)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from proxy.exchange import Exchange
from proxy.forwarding.dispatch import dispatch
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "dispatch"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None]]:
    """Every route ends here."""
    return dispatch
