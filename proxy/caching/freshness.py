"""For how long a reply is fresh (RFC 9111 section 4.2.1)."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.caching.cache_control import MOST_SECONDS, CacheControl
from proxy.caching.http_date import http_date

BY_DEFAULT = frozenset((200, 203, 204, 300, 301, 308))
"""Statuses that the route's `cache_ttl_seconds` applies to: heuristically cacheable (RFC 9110 section 15.1), without
the errors among them, which are kept only where the upstream says for how long."""


def lifetime(control: CacheControl, expires: Sequence[bytes], date: float | None, received: float) -> float | None:
    """Seconds of freshness counted from the moment of `date`; None when the upstream says nothing.

    `expires` are the values of the field's lines, `received` epoch seconds.
    """
    if control.s_maxage is not None:
        return float(control.s_maxage)
    if control.max_age is not None:
        return float(control.max_age)
    if expires:
        ends = [http_date(value) for value in expires]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            return 0.0
        return min(max(0.0, min(known) - (received if date is None else date)), float(MOST_SECONDS))
    return None
