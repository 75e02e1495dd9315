"""Where the control side reaches the traffic of its own node, for a request that an operator sends to try a route."""

from __future__ import annotations

Listener = tuple[str, int]
"""Address and port."""

_registered: list[Listener] = []


def register(listener: Listener | None) -> None:
    """Makes this the one; None: there is none."""
    _registered[:] = [] if listener is None else [listener]


def registered() -> Listener | None:
    """The listener, None in a process that does not know one."""
    return _registered[0] if _registered else None
