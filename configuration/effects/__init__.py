"""What a change would do, told before it is made (G-501)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from revisions.recorder import RowChange


def foresee(caller: Any) -> Callable[[Sequence[RowChange]], dict[str, Any]]:
    """As `configuration.effects.effects.foresee`, which reads the data plane's code when it is first asked."""
    from configuration.effects import effects

    return effects.foresee(caller)
