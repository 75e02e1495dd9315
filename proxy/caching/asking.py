"""What the cache needs to know of a request."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import msgspec

from proxy.caching.cache_control import CacheControl, cache_control_of
from proxy.caching.description import Asker
from proxy.caching.key import address_key
from proxy.caching.reply_store import Question
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.principal import Principal
from routing.spec import RouteSpec

KEY_FIELDS = (b"x-api-key", b"apikey")
"""The usual fields for API keys."""


def route_key(route: RouteSpec) -> bytes:
    """Differs once anything about the route does, so that a changed route never serves what an older one fetched."""
    text = msgspec.json.encode(replace(route, plugins=dict(route.plugins)), order="sorted")
    return blake2b(text, digest_size=16).digest()


def caller_key(principal: Principal | None) -> bytes:
    """Everything the upstream is told of the caller, so that nobody is given what was made for somebody else."""
    if principal is None:
        return b""
    identity = principal.identity
    lists = (sorted(principal.held), sorted(identity.roles))
    parts = [identity.issuer_id, identity.subject, principal.consumer, *("\0".join(names) for names in lists)]
    text = "\1".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()


def question_of(exchange: Exchange, route: bytes) -> Question:
    """The request as the store knows it.

    Stages before the cache may have sent it to another service, address or with other fields than the client's, and a
    trusted proxy may have told what address the client really asked for.
    """
    request, runtime = exchange.request, exchange.runtime
    assert request is not None
    told = runtime.forwarded.told(request.peer, request.headers) if runtime.options.trusted_proxies else b""
    if told or exchange.upstream_path is not None or exchange.upstream_query is not None or _is_diverted(exchange):
        service = exchange.service.spec.id.encode() if exchange.service is not None else b""
        parts = (route, service, exchange.upstream_path or b"", exchange.upstream_query or b"", told)
        route = blake2b(b"\0".join(parts), digest_size=16).digest()
    address = address_key(request.scheme, request.authority, request.path.path, request.query)
    return Question(address, route, caller_key(exchange.principal), fields_upwards(exchange))


def _is_diverted(exchange: Exchange) -> bool:
    return exchange.route is not None and exchange.service is not exchange.route.service


def fields_upwards(exchange: Exchange) -> Headers:
    """The client's fields as stages have changed them: what `Vary` chooses by."""
    assert exchange.request is not None
    headers = exchange.request.headers
    for edit in exchange.head_edits:
        headers = edit(headers)
    return headers


def carries(exchange: Exchange, name: bytes) -> bool:
    """Whether the client sent a field of this name, or one that a stage has given this name on its way up."""
    request = exchange.request
    assert request is not None
    if name in request.fields or not exchange.head_edits:
        return name in request.fields
    sent = {value for _name, value in request.headers}
    return any(known == name and value in sent for known, value in fields_upwards(exchange))


def may_be_meant(exchange: Exchange) -> bool:
    """Whether a reply that says nothing of who may see it may well mean the one who asks.

    That is so where the service gets cookies, or an API key that the gateway has not judged itself.
    """
    if carries(exchange, b"cookie"):
        return True
    return exchange.principal is None and any(carries(exchange, name) for name in KEY_FIELDS)


def asker_of(exchange: Exchange, control: CacheControl) -> Asker:
    """Who asks, and how."""
    known = exchange.principal is not None
    return Asker(control, known or carries(exchange, b"authorization"), known, may_be_meant(exchange))


def directives(exchange: Exchange) -> CacheControl:
    """The request's `Cache-Control`."""
    assert exchange.request is not None
    if b"cache-control" not in exchange.request.fields:
        return cache_control_of(())
    return cache_control_of(exchange.request.headers)
