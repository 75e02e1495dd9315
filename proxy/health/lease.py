"""Leases on the board (G-209): whether an instance's has lapsed, as the control process found it.

Workers never compare times with a lease: only the control plane knows of heartbeats, so it says when one was missed
too long. While it is away, or cannot reach its database, nobody can send one and no lease lapses.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

LIFETIME_SECONDS = 86_400.0

_ENTRY = Struct("=?dd")


def lease_key(instance_id: str) -> bytes:
    """The board's key of an instance's lease."""
    return b"l\0" + instance_id.encode()


@dataclass(frozen=True, slots=True)
class Lease:
    """Whether it has lapsed, and since when it is so or not so, in seconds of the machine's monotonic clock."""

    is_lapsed: bool = False
    since: float = 0.0
    written: float = 0.0

    @classmethod
    def decode(cls, entry: bytes | memoryview) -> Lease:
        """The lease an entry tells of; an empty one has never lapsed."""
        return cls(*_ENTRY.unpack(entry)) if entry else HELD


HELD = Lease()


@dataclass(frozen=True, slots=True)
class LeaseFound:
    """A rule of the board: the control process has found a lease lapsed or held. Its outcome: whether that is news."""

    is_lapsed: bool
    lifetime: float = LIFETIME_SECONDS

    def decide(self, state: bytes | memoryview, now: float) -> tuple[bool, bytes | None]:
        """As `Rule.decide`. An unchanged state is written anew when it has reached half its age."""
        before = Lease.decode(state)
        if before.is_lapsed is not self.is_lapsed:
            return True, _ENTRY.pack(self.is_lapsed, now, now)
        if state and now - before.written >= self.lifetime / 2:
            return False, _ENTRY.pack(self.is_lapsed, before.since, now)
        return False, None
