"""The last stage: choose an instance, forward, bring the answer back (G-380, G-400…G-404)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from proxy.exchange import Exchange
from proxy.forwarding.dispatch import dispatch
from proxy.forwarding.hash_key import compile_hash_key
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "dispatch"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None]]:
    """Every route ends here; only those that hash work out a key. Raises `ValueError` for a key there is not."""
    if route.load_balance_strategy != "hash":
        return dispatch
    key_of = compile_hash_key(route.hash_key)
    return lambda exchange: dispatch(exchange, key_of(exchange))
