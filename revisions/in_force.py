"""Telling the workers of a new revision and waiting until they serve it (G-104).

This app knows no node: a node's control process registers what it can do, other processes have nothing to wait for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("gateway.revisions")

Waiter = Callable[[int, float], list[str]]
"""(revision, seconds) → names of the live workers that do not serve it by then."""

_waiters: list[Waiter] = []
_listeners: list[Callable[[int], None]] = []
_worker_lists: list[Callable[[], list[dict[str, Any]]]] = []


def register(waiter: Waiter) -> None:
    """Sets who can wait for the workers; the last one registered counts."""
    _waiters[:] = [waiter]


def register_workers(provider: Callable[[], list[dict[str, Any]]]) -> None:
    """Sets who can list the workers, each {"name", "revision", …}; the last one registered counts."""
    _worker_lists[:] = [provider]


def on_commit(callback: Callable[[int], None]) -> None:
    """Adds a listener called in the committing thread with each new revision."""
    _listeners.append(callback)


def unregister_all() -> None:
    """Forgets everybody; a node that stops calls it."""
    _waiters.clear()
    _listeners.clear()
    _worker_lists.clear()


def notify(number: int) -> None:
    """Tells every listener. One that fails is logged: the change is committed and polling will find it."""
    for listener in _listeners:
        try:
            listener(number)
        except Exception:
            logger.exception("a listener failed on revision %d", number)


def wait(number: int, timeout: float = 1.0) -> list[str]:
    """Names of live workers that do not serve `number` after at most `timeout` seconds; [] without a node."""
    return _waiters[0](number, timeout) if _waiters else []


def workers() -> list[dict[str, Any]]:
    """The workers of this node; [] without one."""
    return _worker_lists[0]() if _worker_lists else []
