"""Whether a run is the long form of the tests of hostile input: `make hostile`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

LONG = os.environ.get("GATEWAY_TEST_HOSTILE") == "all"

Item = TypeVar("Item")


def some(items: Sequence[Item], number: int, of: int) -> list[Item]:
    """Every `of`-th item from `number` on; all of them in the long form."""
    return list(items) if LONG else list(items[number % of :: of])
