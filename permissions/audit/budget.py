"""How many refused requests are written down. Pure: the time is an argument."""

from __future__ import annotations

WINDOW_SECONDS = 60.0
PER_ADDRESS = 60
ALTOGETHER = 600


class RefusalBudget:
    """At most so many entries in a window, of one address and altogether: who is refused must not fill the disk."""

    def __init__(self) -> None:
        self._since = 0.0
        self._counts: dict[str, int] = {}
        self._total = 0

    def allows(self, address: str, now: float) -> bool:
        """Whether a refusal of this address at second `now` is to be written; counts it if so."""
        if now - self._since >= WINDOW_SECONDS:
            self._since, self._counts, self._total = now, {}, 0
        count = self._counts.get(address, 0)
        if count >= PER_ADDRESS or self._total >= ALTOGETHER:
            return False
        self._counts[address] = count + 1
        self._total += 1
        return True
