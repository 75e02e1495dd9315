"""What limits say without counting: by the machine's own counters."""

from __future__ import annotations

import time
from collections.abc import Sequence

from proxy.explain.scene import Look
from proxy.limiting.all_or_nothing import AllOrNothing
from proxy.limiting.limit import Limit
from proxy.limiting.verdict import Verdict
from proxy.state.counter_store import CounterStore


def by_counters(counters: CounterStore) -> Look:
    """`counters` that keep nothing."""

    async def look(keys: Sequence[bytes], limits: Sequence[Limit]) -> list[Verdict]:
        return counters.change_all(keys, AllOrNothing([limit.rule for limit in limits]), time.monotonic())

    return look
