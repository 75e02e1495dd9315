"""What a change would do, told before it is made (G-501)."""

from __future__ import annotations

from typing import Any

from revisions.rehearsal import Foresight


def foresight_of(caller: Any) -> Foresight:
    """An `Effects`; the data plane's code, which that asks, is read when the first one is made."""
    from configuration.effects.effects import Effects

    return Effects(caller)
