"""Whether a reply may be kept, and for whom (RFC 9111 sections 3 and 3.5; edge rules C2, C3)."""

from __future__ import annotations

from typing import Literal

from proxy.caching.cache_control import CacheControl

Audience = Literal["all", "caller"]

UNDERSTOOD = frozenset(
    (
        200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409,
        410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503,
        504, 505, 506, 507, 508, 511,
    )
)  # fmt: skip
"""Final statuses of the IANA registry whose caching needs nothing special."""
_NEVER = frozenset((206, 304))


def audience(
    status: int,
    asked: CacheControl,
    said: CacheControl,
    *,
    names_caller: bool,
    caller_is_known: bool,
    by_caller: bool,
    sets_cookie: bool,
) -> Audience | None:
    """Who may be given this reply to a GET again: all, the same caller, or nobody (None).

    `asked` and `said` are the directives of request and reply. `names_caller`: the request says who asks, verified or
    not; `caller_is_known`: it was verified; `by_caller`: the reply depends on it.
    """
    if status < 200 or status in _NEVER or asked.no_store or said.private or sets_cookie:
        return None
    if said.must_understand:
        if status not in UNDERSTOOD:
            return None
    elif said.no_store:
        return None
    shared = not names_caller or said.public or said.must_revalidate or said.s_maxage is not None
    if shared and not by_caller:
        return "all"
    return "caller" if caller_is_known else None
