"""What a store of counters can do: change one state or several by a rule, in one step that nobody can get between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

Outcome = TypeVar("Outcome")
Verdict_co = TypeVar("Verdict_co", covariant=True)


class Rule(Protocol[Verdict_co]):
    """A pure function on an encoded state, such as `proxy.limiting.sliding_log.SlidingLog`."""

    @property
    def lifetime(self) -> float:
        """Seconds after its last change from which a state is worth no more than none."""

    def decide(self, state: bytes | memoryview, now: float) -> tuple[Verdict_co, bytes | None]:
        """The verdict, and the new state or None to leave it; `state` is empty for a new key."""


class JointRule(Protocol[Verdict_co]):
    """A pure function on several encoded states, such as `proxy.limiting.all_or_nothing.AllOrNothing`."""

    @property
    def lifetimes(self) -> Sequence[float]:
        """As `Rule.lifetime`, one a state."""

    def decide(self, states: Sequence[bytes | memoryview], now: float) -> tuple[Verdict_co, Sequence[bytes | None]]:
        """The verdict, and for each state the new one or None to leave it."""


class StateStore(Protocol):
    """States by key. `now` is `time.monotonic()`: one clock for all processes of a machine, which nobody sets back."""

    def change(self, key: bytes, rule: Rule[Outcome], now: float) -> Outcome:
        """Applies `rule` to the state of `key`, 1 to 500 bytes."""

    def close(self) -> None:
        """Lets go of what it holds open."""


class CounterStore(StateStore, Protocol):
    """A store that can also change several states at once."""

    def change_all(self, keys: Sequence[bytes], rule: JointRule[Outcome], now: float) -> Outcome:
        """Applies `rule` to the states of `keys`, all different, in one step."""
