"""What may be done with a stored reply of a certain age (RFC 9111 sections 4 and 5.2.1, RFC 5861)."""

from __future__ import annotations

from typing import Literal, Protocol

from proxy.caching.cache_control import CacheControl

Verdict = Literal["fresh", "stale", "refresh", "validate"]
"""Serve it; serve it although stale, as the client allowed; serve it and fetch a new one; ask the upstream first."""


class Limits(Protocol):
    """What a stored reply says of its own use; times in seconds."""

    @property
    def lifetime(self) -> float: ...
    @property
    def stale_while_revalidate(self) -> int: ...
    @property
    def stale_if_error(self) -> int: ...
    @property
    def always_validate(self) -> bool: ...
    @property
    def never_stale(self) -> bool: ...


def judge(stored: Limits, age: float, asked: CacheControl) -> Verdict:
    """What to do with `stored` for a request with the directives `asked`."""
    if stored.always_validate or asked.no_cache or (asked.max_age is not None and age > asked.max_age):
        return "validate"
    if age + (asked.min_fresh or 0) < stored.lifetime:
        return "fresh"
    staleness = age - stored.lifetime
    if asked.min_fresh is not None:
        return "validate"
    if asked.max_stale is not None and staleness <= asked.max_stale and not stored.never_stale:
        return "stale"
    return "refresh" if staleness < stored.stale_while_revalidate else "validate"


def may_rescue(stored: Limits, age: float, asked: CacheControl) -> bool:
    """Whether `stored` may be served because the upstream failed (RFC 5861 section 4)."""
    if stored.always_validate:
        return False
    asked_for = 0 if stored.never_stale else asked.stale_if_error or 0
    return age - stored.lifetime < max(stored.stale_if_error, asked_for)
