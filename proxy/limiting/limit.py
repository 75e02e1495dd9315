"""One limit of a route as it is judged: what it is bound to, whom it tells apart, and its rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from permissions.spec import ConsumerSpec
from proxy.limiting.redis_script import arguments
from proxy.limiting.rule import LimitRule
from proxy.limiting.sliding_window import sliding_window
from proxy.limiting.token_bucket import TokenBucket

By = Literal["user", "address", "caller", "route", "service", "consumer", "global"]

MAX_OWNER_BYTES = 128
"""A key of the store has at most 511 bytes."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`prefix` and the subject of a request are the key of its count; `encoded` is the rule as Redis reads it."""

    prefix: bytes
    by: By
    rule: LimitRule
    encoded: bytes


def window_limit(level: str, owner: str, by: By, limit: int, seconds: int = 60) -> Limit:
    """At most `limit` requests of each subject in any `seconds`, over all that `owner` (the id of a row) stands for."""
    rule = sliding_window(limit, float(seconds))
    return Limit(_prefix(level, owner, by, b"%d" % seconds), by, rule, arguments(rule))


def bucket_limit(level: str, owner: str, rate: float, peak: int | None) -> Limit:
    """`rate` requests a second over all that `owner` stands for, `peak` at once; without it as many as in a second."""
    rule = TokenBucket(rate, max(1, round(rate)) if peak is None else peak)
    return Limit(_prefix(level, owner, "global", b"bucket"), "global", rule, arguments(rule))


def consumer_limits(consumers: Iterable[ConsumerSpec]) -> dict[str, Limit]:
    """The limits that consumers have of their own, over all routes, by their names."""
    return {
        consumer.name: window_limit("consumer", consumer.name, "global", consumer.rate_limit_rpm)
        for consumer in consumers
        if consumer.rate_limit_rpm is not None
    }


def _prefix(level: str, owner: str, by: str, kind: bytes) -> bytes:
    return b"\0".join((level.encode(), owner.encode()[:MAX_OWNER_BYTES], by.encode(), kind, b""))


def distinct(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """One limit a key: of two with the same window for the same subjects the smaller says all."""
    smallest: dict[bytes, Limit] = {}
    for limit in limits:
        held = smallest.get(limit.prefix)
        if held is None or limit.rule.limit < held.rule.limit:
            smallest[limit.prefix] = limit
    return tuple(smallest.values())
