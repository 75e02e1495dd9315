"""Where the control plane asks for the traffic's figures. A node's control process registers the provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict


class Figures(TypedDict):
    """Totals over all workers since the node began to count."""

    requests: int
    errors: int
    """Replies with a status of 500 or above (G-261)."""
    seconds_total: float
    """Sum of the time from request to reply, over `requests`."""


_providers: list[Callable[[], Figures]] = []


def register(provider: Callable[[], Figures]) -> None:
    """Makes `provider` the source; the last one registered counts."""
    _providers[:] = [provider]


def unregister() -> None:
    """Back to zeros."""
    _providers.clear()


def collect() -> Figures:
    """The figures of now; zeros in a process that carries no traffic."""
    if not _providers:
        return Figures(requests=0, errors=0, seconds_total=0.0)
    return _providers[0]()
