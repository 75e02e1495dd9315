"""Ejection of instances whose requests fail (outlier detection): pure, one entry of the board by service.

`eject_after` failed requests in a row take an instance out for `eject_seconds`, and one that fails again within as long
as it was out for twice, three times … as long. All instances of a service are in one entry, so that never more
than `max_ejected_percent` of them are out, however many processes report at once.

Less than ejection is doubt: an instance that has failed, or is back from an ejection, and has not succeeded since. What
may be repeated is sent there as ever and finds out; what may not (a POST, RFC 9110 section 9.2.2) goes to others as
long as there are any (`forwarding/dispatch.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from services.spec import HealthSpec

MOST_TIMES = 10
"""Up to which an ejection grows longer with each in a row."""
DOUBT_SECONDS = 10.0
"""How long nothing that may not be repeated is sent to one in doubt; where nothing else comes, nobody finds out."""


def ejection_key(service_id: str) -> bytes:
    """The board's key of a service's ejections."""
    return b"e\0" + service_id.encode()


class Standing(NamedTuple):
    """What is known of one instance. Times are seconds of the machine's monotonic clock."""

    run: int = 0
    """Failed requests in a row."""
    times: int = 0
    """Ejections in a row."""
    since: float = 0.0
    """When the last ejection began."""
    until: float = 0.0
    """When it ends or has ended; 0: there was none."""
    doubt: float = 0.0
    """When the doubt ends by itself; a success ends it at once."""

    def is_out(self, now: float) -> bool:
        """Whether it is ejected."""
        return now < self.until

    def is_repeated(self, now: float) -> bool:
        """Whether an ejection now would be one more in a row."""
        return now < self.until + (self.until - self.since)

    def says_something(self, now: float) -> bool:
        """Whether anything is against it, or was a short time ago."""
        return bool(self.run) or self.is_repeated(now) or self.is_doubted(now)

    def is_doubted(self, now: float) -> bool:
        """Whether it has yet to show that it is well."""
        return now < self.doubt


Ejections = dict[str, Standing]
"""By instance id; one that is not in it has nothing against it."""

_decoder = msgspec.msgpack.Decoder(Ejections)
_encoder = msgspec.msgpack.Encoder()
_NOTHING = Standing()


def decode_ejections(entry: bytes | memoryview) -> Ejections:
    """What an entry says."""
    return _decoder.decode(entry) if entry else {}


@dataclass(frozen=True, slots=True)
class Report:
    """A rule of the board: one request to an instance has succeeded or failed. Its outcome: whether that ejected it."""

    instance_id: str
    success: bool
    policy: HealthSpec
    siblings: frozenset[str]
    """Ids of the service's instances that may be asked by configuration, this one among them."""
    is_certain: bool = True
    """False for a failure that may have been the connection's: it only casts doubt."""

    @property
    def lifetime(self) -> float:
        """Until the longest ejection and the time in which another would be one in a row are over."""
        return 2 * MOST_TIMES * self.policy.eject_seconds + 60

    def decide(self, state: bytes | memoryview, now: float) -> tuple[bool, bytes | None]:
        """As `Rule.decide`. What an instance answers while it is ejected is about requests from before."""
        held = decode_ejections(state)
        before = held.get(self.instance_id, _NOTHING)
        if before.is_out(now):
            return False, None
        after = before._replace(run=0, doubt=0.0) if self.success else self._failed(before, held, now)
        if after == before:
            return False, None
        kept = {key: one for key, one in held.items() if key in self.siblings and one.says_something(now)}
        kept[self.instance_id] = after
        return after.is_out(now), _encoder.encode(kept)

    def _failed(self, before: Standing, held: Ejections, now: float) -> Standing:
        limit = self.policy.eject_after
        if limit is None:
            return before
        if len(self.siblings) > 1 and before.doubt < now + DOUBT_SECONDS / 2:  # a failure after another writes nothing
            before = before._replace(doubt=now + DOUBT_SECONDS)
        if not self.is_certain:
            return before
        run = min(before.run + 1, limit)
        out = sum(one.is_out(now) for key, one in held.items() if key in self.siblings)
        if run < limit or out >= most_ejected(len(self.siblings), self.policy):
            return before._replace(run=run)
        times = min(before.times + 1, MOST_TIMES) if before.is_repeated(now) else 1
        until = now + times * self.policy.eject_seconds
        return Standing(0, times, now, until, until + DOUBT_SECONDS)


def most_ejected(instances: int, policy: HealthSpec) -> int:
    """How many of so many may be out at once; a single one never is."""
    return instances * policy.max_ejected_percent // 100 if instances > 1 else 0
