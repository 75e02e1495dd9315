"""Where the control plane has stored replies forgotten. Whoever holds the response cache registers the purger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is to be forgotten: the replies of a route, of paths, with a tag, or with none of these set all."""

    route_id: str = ""
    path: str = ""
    """Canonical, without a query; `*` stands for any characters."""
    tag: str = ""


class PurgeFailedError(Exception):
    """The cache could not be reached, so nothing can be said of what it holds."""


Purger = Callable[[Purge], int]
"""Returns how many replies it removed once no worker serves them any more. Raises `PurgeFailedError`."""

_purgers: list[Purger] = []


def register(purger: Purger) -> None:
    """Makes `purger` the one that is asked; the last one registered counts."""
    _purgers[:] = [purger]


def unregister() -> None:
    """Back to a process that holds no cache."""
    _purgers.clear()


def purge(what: Purge) -> int:
    """Has it done; 0 in a process that carries no traffic. Raises `PurgeFailedError`."""
    return _purgers[0](what) if _purgers else 0
