"""Signals that may reach every process of a node at once: from a terminal, or as `systemctl kill` sends them."""

from __future__ import annotations

import signal


def leave_to_supervisor() -> None:
    """Ignores SIGHUP and SIGUSR2, whose default is death; the supervisor hears them, and tells its children."""
    for number in (signal.SIGHUP, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
