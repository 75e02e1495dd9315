"""What is written beside a reply when it is stored: worked out once, so that a later request need only compare."""

from __future__ import annotations

from typing import NamedTuple

from proxy.caching.age import Moment, age_value, initial_age
from proxy.caching.cache_control import MOST_SECONDS, CacheControl, cache_control_of
from proxy.caching.entry import Entry
from proxy.caching.freshness import BY_DEFAULT, lifetime
from proxy.caching.http_date import http_date
from proxy.caching.storable import Audience, audience
from proxy.caching.tags import FIELDS, tags_of
from proxy.caching.vary import variation
from proxy.http1.fields import Headers

VALIDATOR_SECONDS = 3600
"""How long a stale reply is kept that the upstream may confirm."""
GRACE_SECONDS = 60
"""How long any other: for clients that take stale replies (`max-stale`)."""

_OF_ONE_ANSWER = FIELDS | {b"age", b"x-cache", b"x-request-id"}


class Asker(NamedTuple):
    """The request a reply answers: its directives, and who asked."""

    control: CacheControl
    names_caller: bool
    """Whether it says who asks, verified or not."""
    caller_is_known: bool
    """Whether that was verified."""
    may_be_meant: bool = False
    """Whether the reply may be for him alone although it does not say so."""


class Source(NamedTuple):
    """Where replies come from: the route, its `cache_ttl_seconds`, and the canonical path they were asked under."""

    route_id: str
    default_seconds: int
    path: bytes


class Description(NamedTuple):
    """A reply that may be stored; `entry.body_bytes` is still to be filled in."""

    entry: Entry
    audience: Audience
    names: tuple[bytes, ...]
    """The fields it varies by."""


def describe(
    source: Source, asker: Asker, status: int, reason: bytes, headers: Headers, requested: float, received: Moment
) -> Description | None:
    """The description of a reply to a GET, None when it may not or need not be stored.

    `headers` are the end-to-end fields of the reply, `requested` the epoch second its request was sent at.
    """
    said = cache_control_of(headers)
    varies = variation(_values(headers, b"vary"))
    if varies is None:
        return None
    may_see = audience(
        status,
        asker.control,
        said,
        names_caller=asker.names_caller,
        caller_is_known=asker.caller_is_known,
        by_caller=varies.by_caller,
        sets_cookie=any(name == b"set-cookie" for name, _value in headers),
    )
    if may_see is None:
        return None
    default = source.default_seconds if status in BY_DEFAULT and not asker.may_be_meant else None
    times = _times(said, default, headers, requested, received.wall)
    if times is None:
        return None
    entry = _entry(source, said, status, reason, headers, times, received)
    return Description(entry, may_see, varies.names)


class _Times(NamedTuple):
    """What the reply says of its own use, in seconds."""

    fresh: float
    is_stated: bool
    age: float
    while_asking: int
    if_error: int
    stale: int
    """How long it may be of use once it is stale."""


def _times(
    said: CacheControl, default: int | None, headers: Headers, requested: float, received: float
) -> _Times | None:
    """None when it will be of no use. `default` is the time to go by where the upstream says nothing."""
    dates = _values(headers, b"date")
    date = http_date(dates[0]) if dates else None
    can_validate = any(name in (b"etag", b"last-modified") for name, _value in headers)
    stated = lifetime(said, _values(headers, b"expires"), date, received)
    fresh = default if stated is None else stated
    if fresh is None and not (said.no_cache and can_validate):
        return None
    fresh = float(fresh or 0.0)
    claimed = age_value(_values(headers, b"age"))
    age = initial_age(MOST_SECONDS if claimed is None else claimed, date, requested, received)
    strict = said.must_revalidate or said.proxy_revalidate
    while_asking = 0 if strict else said.stale_while_revalidate or 0
    if_error = 0 if strict else said.stale_if_error or 0
    stale = max(while_asking, if_error, VALIDATOR_SECONDS if can_validate else 0)
    is_useful = stale > 0 or fresh > age
    return _Times(fresh, stated is not None, age, while_asking, if_error, stale) if is_useful else None


def _entry(
    source: Source, said: CacheControl, status: int, reason: bytes, headers: Headers, times: _Times, received: Moment
) -> Entry:
    left_out = _OF_ONE_ANSWER | said.unstored
    return Entry(
        route_id=source.route_id,
        path=source.path,
        tags=tags_of(headers),
        status=status,
        reason=reason,
        headers=[field for field in headers if field[0] not in left_out],
        body_bytes=0,
        wall=received.wall,
        steady=received.steady,
        initial_age=times.age,
        lifetime=times.fresh,
        stale_while_revalidate=times.while_asking,
        stale_if_error=times.if_error,
        always_validate=said.no_cache,
        never_stale=said.must_revalidate or said.proxy_revalidate or said.s_maxage is not None,
        by_default=not times.is_stated and not said.no_cache,
        keep=max(times.fresh - times.age, 0.0) + max(times.stale, GRACE_SECONDS),
    )


def _values(headers: Headers, wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name == wanted]
