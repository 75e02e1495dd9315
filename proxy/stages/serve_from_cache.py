"""Whether the answer is at hand already, and if not who fetches it (G-405; RFC 9111).

It comes after the checks of the caller and the limit, which a reply from the store must pass and spend like any other.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from proxy.caching.age import Moment
from proxy.caching.asking import asker_of, directives, may_be_meant, question_of, route_key
from proxy.caching.cache_control import CacheControl
from proxy.caching.description import Source
from proxy.caching.entry import Entry
from proxy.caching.invalidation import SAFE, changes_something, doubtful
from proxy.caching.recording import Recording, now
from proxy.caching.refresh import copy_of, decisions_after, refresh
from proxy.caching.reply_store import Question, Ticket
from proxy.caching.response_cache import ResponseCache
from proxy.caching.reuse import judge
from proxy.caching.serving import answer_with, say
from proxy.caching.tags import FIELDS
from proxy.caching.validation import CONDITIONS, asks_for_part, own_conditions
from proxy.errors import not_stored
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.request import Request
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "serve_from_cache"

Stored = tuple[Entry, bytes]


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """A route that is not cached takes part only where it can change what one that is has stored."""
    if route.cache_enabled:
        return ServeFromCache(route, parts.live.cache)
    if parts.caches and not (route.methods and SAFE.issuperset(route.methods)):
        return Invalidate(parts.live.cache)
    return None


class Invalidate:
    """Watches for changes: RFC 9111 section 4.4."""

    def __init__(self, cache: ResponseCache) -> None:
        self._cache = cache

    def __call__(self, exchange: Exchange) -> None:
        """Only methods that are not safe are of interest."""
        assert exchange.request is not None
        if exchange.request.method not in SAFE:
            exchange.reply_edits += (self._forget,)

    def _forget(self, exchange: Exchange, status: int, headers: Headers) -> Headers:
        request = exchange.request
        assert request is not None
        if changes_something(request.method, status):
            gone = doubtful(request.scheme, request.authority, request.path.path, request.query, headers)
            self._cache.store.invalidate(gone, time.monotonic())
        return headers


class ServeFromCache:
    """The decision of one cached route."""

    def __init__(self, route: RouteSpec, cache: ResponseCache) -> None:
        self._route_id = route.id
        self._default_seconds = route.cache_ttl_seconds
        self._patience = route.timeout_seconds / 2
        self._key = route_key(route)
        self._cache = cache
        self._invalidate = Invalidate(cache)

    def __call__(self, exchange: Exchange) -> Awaitable[None] | None:
        """Raises the stored `Reply` where there is one to serve; else sees to it that what comes is recorded."""
        request = exchange.request
        assert request is not None
        asked = directives(exchange)
        if passes_by(request, asked):
            exchange.reply_edits += (_without_tags,)
            say(exchange, "bypass")
            self._invalidate(exchange)
            return None
        question, moment = question_of(exchange, self._key), now()
        stored = self._cache.store.find(question, moment.steady)
        if stored is not None:
            self._serve(exchange, question, stored, asked, moment)  # whose fields have no tags among them
        exchange.reply_edits += (_without_tags,)
        if asked.only_if_cached:
            raise not_stored()
        is_partial = asks_for_part(request.fields)
        if request.method == "HEAD" or b"range" in request.fields or (is_partial and stored is None):
            say(exchange, "miss" if request.method == "GET" and not is_partial else "bypass")
            if request.method == "GET":
                ticket = self._cache.store.claim(question, moment.steady, alone=True)
                self._record(exchange, question, ticket, None, asked)
            return None
        return self._fetch(exchange, question, stored, asked)

    def _serve(
        self, exchange: Exchange, question: Question, stored: Stored, asked: CacheControl, moment: Moment
    ) -> None:
        """Raises the stored reply if it may be used as it is."""
        entry, body = stored
        age = entry.age(moment)
        verdict = judge(entry, age, asked)
        if verdict == "validate" or is_guess(exchange, entry):
            return
        if verdict == "refresh":
            self._refresh(exchange, question, stored, asked)
        raise answer_with(exchange, entry, body, age, "hit" if verdict == "fresh" else "stale")

    async def _fetch(self, exchange: Exchange, question: Question, stored: Stored | None, asked: CacheControl) -> None:
        """Waits for another fetch of the same, or leads it; raises what another one brought."""
        alone = asked.no_cache or asked.max_age is not None
        if stored is not None and (stored[0].always_validate or is_guess(exchange, stored[0])):
            alone = True
        until = time.monotonic() + self._patience
        while True:
            moment = now()
            alone = alone or moment.steady >= until
            ticket = self._cache.store.claim(question, moment.steady, alone=alone)
            if ticket.state != "held":
                break
            await self._cache.flights.wait(ticket.flight, until - moment.steady)
            exchange.held_seconds += time.monotonic() - moment.steady
            stored = self._cache.store.find(question, time.monotonic())
            if stored is not None:
                self._serve(exchange, question, stored, asked, now())
                alone = True
        say(exchange, "miss")
        self._record(exchange, question, ticket, stored, asked)

    def _record(
        self, exchange: Exchange, question: Question, ticket: Ticket, stored: Stored | None, asked: CacheControl
    ) -> None:
        assert exchange.request is not None
        conditions = own_conditions(stored[0].headers) if stored is not None else []
        if conditions:
            exchange.head_edits += (lambda headers: _with_conditions(headers, conditions),)
        if ticket.leads:
            self._cache.flights.begin(ticket)
        source = Source(self._route_id, self._default_seconds, exchange.request.path.path)
        exchange.recording = Recording(
            self._cache, source, asker_of(exchange, asked), question, ticket, stored, validates=bool(conditions)
        )

    def _refresh(self, exchange: Exchange, question: Question, stored: Stored, asked: CacheControl) -> None:
        assert exchange.route is not None
        if not self._cache.may_refresh:
            return
        ticket = self._cache.store.claim(question, time.monotonic())
        if ticket.leads:
            behind = copy_of(exchange)
            self._record(behind, question, ticket, stored, asked)
            decisions = decisions_after(self, exchange.route.chain, exchange)
            self._cache.refresh(refresh(behind, decisions))


def passes_by(request: Request, asked: CacheControl) -> bool:
    """Whether the cache has no part in a request with these directives."""
    return (
        request.method not in ("GET", "HEAD") or bool(request.length) or b"upgrade" in request.fields or asked.no_store
    )


def is_guess(exchange: Exchange, entry: Entry) -> bool:
    """Whether it is fresh by the route's word only while what the request brings along may make a difference."""
    return entry.by_default and may_be_meant(exchange)


def _with_conditions(headers: Headers, conditions: Headers) -> Headers:
    """The cache's own conditions in place of the client's: what is stored is asked about, not what he has."""
    return [field for field in headers if field[0] not in CONDITIONS] + conditions


def _without_tags(exchange: Exchange, status: int, headers: Headers) -> Headers:
    """Tags are for the cache alone."""
    return [field for field in headers if field[0] not in FIELDS]
