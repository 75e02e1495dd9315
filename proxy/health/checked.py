"""The state machine of active checks (G-208): pure, an entry of the board by instance.

| state     | result  | then |
|-----------|---------|------|
| healthy   | success | healthy, the run of failures ends |
| healthy   | failure | one more in the run; the `unhealthy_after`-th makes it unhealthy |
| unhealthy | failure | unhealthy, the run of successes ends |
| unhealthy | success | one more in the run; the `healthy_after`-th makes it healthy |

An instance nobody has checked counts as healthy. A result that changes nothing writes nothing, so that a node whose
instances are well leaves its board alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from services.spec import HealthSpec

LIFETIME_SECONDS = 86_400.0
"""After which the state of an instance that nobody checks any more is forgotten."""

_ENTRY = Struct("=?Hdd")


def health_key(instance_id: str) -> bytes:
    """The board's key of an instance's health."""
    return b"h\0" + instance_id.encode()


@dataclass(frozen=True, slots=True)
class Health:
    """What the checks of an instance have found. Times are seconds of the machine's monotonic clock."""

    is_healthy: bool = True
    run: int = 0
    """Results in a row that contradict the state."""
    since: float = 0.0
    """When it last changed from one to the other; 0: never."""
    written: float = 0.0

    @classmethod
    def decode(cls, entry: bytes | memoryview) -> Health:
        """The health an entry holds; an empty one is that of an instance nobody has checked."""
        return cls(*_ENTRY.unpack(entry)) if entry else UNKNOWN

    def encode(self) -> bytes:
        """The entry."""
        return _ENTRY.pack(self.is_healthy, self.run, self.since, self.written)

    def after(self, success: bool, policy: HealthSpec, now: float) -> Health:
        """The health after one more result."""
        if success is self.is_healthy:
            return Health(self.is_healthy, 0, self.since, now)
        run = self.run + 1
        if run >= (policy.healthy_after if success else policy.unhealthy_after):
            return Health(success, 0, now, now)
        return Health(self.is_healthy, run, self.since, now)


UNKNOWN = Health()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A rule of the board: one check of an instance has succeeded or failed. Its outcome: health before and after."""

    success: bool
    policy: HealthSpec
    lifetime: float = LIFETIME_SECONDS

    def decide(self, state: bytes | memoryview, now: float) -> tuple[tuple[Health, Health], bytes | None]:
        """As `Rule.decide`. An unchanged state is written anew when it has reached half its age."""
        before = Health.decode(state)
        after = before.after(self.success, self.policy, now)
        is_same = (after.is_healthy, after.run) == (before.is_healthy, before.run)
        is_fresh = not state or now - before.written < self.lifetime / 2
        return (before, after), None if is_same and is_fresh else after.encode()
