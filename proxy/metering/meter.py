"""The meters of one route and of one instance: what a request adds to, in well under a microsecond.

Everything that can be derived is: the number of requests is the sum of a histogram, errors are the replies of 500 and
above. A meter lives as long as its worker, so a reload loses no count.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from proxy.metering.buckets import DURATION_BOUNDS, OWN_BOUNDS
from proxy.metering.series import key

if TYPE_CHECKING:
    from proxy.exchange import Exchange

ROUTE, REPLY, CACHE, INSTANCE, FAILURE = "route", "reply", "cache", "instance", "failure"
"""Families of keys. Labels: route and service; those, method, status and outcome; those and what the cache did; service
and instance; those and the kind of failure."""

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
OTHER_METHOD = "OTHER"
MAX_REPLIES = 256
"""Combinations of method, status and outcome kept apart for a route; beyond it statuses count as their class."""

_DURATIONS = len(DURATION_BOUNDS) + 1
_OWN = len(OWN_BOUNDS) + 1
DURATIONS_AT = slice(6, 6 + _DURATIONS)
"""Where among the values of a `ROUTE` key the histogram of whole times stands."""


class RouteFigures(NamedTuple):
    """The values of a `ROUTE` key: times are sums in seconds, histograms have one count a bucket, not cumulated."""

    seconds: float
    upstream_seconds: float
    own_seconds: float
    bytes_in: float
    bytes_out: float
    retries: float
    durations: tuple[float, ...]
    upstream_durations: tuple[float, ...]
    own_durations: tuple[float, ...]

    @property
    def requests(self) -> int:
        """How many there were."""
        return int(sum(self.durations))

    def values(self) -> list[float]:
        """As it travels."""
        return [*self[:6], *self.durations, *self.upstream_durations, *self.own_durations]

    @classmethod
    def of(cls, values: list[float] | tuple[float, ...]) -> RouteFigures:
        """Reads `values`."""
        one, two = 6 + _DURATIONS, 6 + 2 * _DURATIONS
        seconds, upstream, own, bytes_in, bytes_out, retries = values[:6]
        sums = (seconds, upstream, own, bytes_in, bytes_out, retries)
        return cls(*sums, tuple(values[6:one]), tuple(values[one:two]), tuple(values[two:]))


class RouteMeter:
    """Counts the requests of a route. `touched` is set by each and cleared by whoever reports."""

    __slots__ = (
        "bytes_in", "bytes_out", "cached", "durations", "own_durations", "replies", "retries", "route", "seconds",
        "service", "streamed_seconds", "touched", "upstream_durations", "upstream_seconds",
    )  # fmt: skip

    def __init__(self, route: str, service: str) -> None:
        self.route = route
        self.service = service
        self.replies: dict[tuple[str, int, str], int] = {}
        self.cached: dict[str, int] = {}
        """By the word of `X-Cache`."""
        self.durations = [0] * _DURATIONS
        self.upstream_durations = [0] * _DURATIONS
        self.own_durations = [0] * _OWN
        self.seconds = self.upstream_seconds = self.streamed_seconds = 0.0
        self.bytes_in = self.bytes_out = self.retries = 0
        self.touched = False

    def record(self, exchange: Exchange, method: str, seconds: float) -> None:
        """A request has ended after `seconds`. The time of a WebSocket is that of its handshake."""
        self.touched = True
        own = seconds
        if exchange.streamed_seconds:
            own -= exchange.streamed_seconds
            if exchange.status == 101:
                seconds = own
            else:
                self.streamed_seconds += exchange.streamed_seconds
        try:
            self.replies[method, exchange.status, exchange.outcome] += 1
        except KeyError:
            self._count_rare(method, exchange.status, exchange.outcome)
        if exchange.instance is not None:
            upstream = exchange.upstream_seconds
            own -= upstream
            self.upstream_seconds += upstream
            self.upstream_durations[bisect_left(DURATION_BOUNDS, upstream)] += 1
        self.seconds += seconds
        self.durations[bisect_left(DURATION_BOUNDS, seconds)] += 1
        self.own_durations[bisect_left(OWN_BOUNDS, own)] += 1
        if exchange.bytes_in:
            self.bytes_in += exchange.bytes_in
        self.bytes_out += exchange.bytes_out
        if exchange.cache:
            self.cached[exchange.cache] = self.cached.get(exchange.cache, 0) + 1
        if exchange.retries:
            self.retries += exchange.retries

    def _count_rare(self, method: str, status: int, outcome: str) -> None:
        """The first of its kind, or one of too many kinds: what clients and instances invent stays bounded."""
        method = method if method in METHODS else OTHER_METHOD
        found = (method, status, outcome)
        if found not in self.replies and len(self.replies) >= MAX_REPLIES:
            found = (method, status // 100 * 100, outcome)
        self.replies[found] = self.replies.get(found, 0) + 1

    def figures(self) -> RouteFigures:
        """The values of now."""
        own = max(0.0, self.seconds - self.upstream_seconds - self.streamed_seconds)
        return RouteFigures(
            self.seconds, self.upstream_seconds, own, self.bytes_in, self.bytes_out, self.retries,
            tuple(self.durations), tuple(self.upstream_durations), tuple(self.own_durations),
        )  # fmt: skip

    def counters(self) -> dict[str, list[float]]:
        """All values by key."""
        found = {key(ROUTE, self.route, self.service): self.figures().values()}
        for (method, status, outcome), count in list(self.replies.items()):
            found[key(REPLY, self.route, self.service, method, str(status), outcome)] = [count]
        for word, count in list(self.cached.items()):
            found[key(CACHE, self.route, self.service, word)] = [count]
        return found


class InstanceMeter:
    """Counts what an instance answered, by the class of its status, and how attempts at it failed."""

    __slots__ = ("answers", "failures", "instance", "seconds", "service", "touched")

    def __init__(self, service: str, instance: str) -> None:
        self.service = service
        self.instance = instance
        self.answers = [0] * 6
        """By the first digit of the status; 0 for answers that broke off before there was one."""
        self.seconds = 0.0
        self.failures: dict[str, int] = {}
        self.touched = False

    def answered(self, status: int, seconds: float) -> None:
        """It answered a request after `seconds`."""
        self.touched = True
        self.answers[status // 100 if status < 600 else 5] += 1
        self.seconds += seconds

    def failed(self, kind: str) -> None:
        """An attempt came to nothing; `kind` is that of `proxy.forwarding.failure`."""
        self.touched = True
        self.failures[kind] = self.failures.get(kind, 0) + 1

    def counters(self) -> dict[str, list[float]]:
        """All values by key."""
        found: dict[str, list[float]] = {
            key(INSTANCE, self.service, self.instance): [*self.answers, self.seconds],
        }
        for kind, count in list(self.failures.items()):
            found[key(FAILURE, self.service, self.instance, kind)] = [count]
        return found
