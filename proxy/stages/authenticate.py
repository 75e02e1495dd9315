"""Who is asking (G-007…G-009, G-320)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from permissions.credentials import CredentialError, KeysNeeded, bearer_token
from permissions.identity import Identity
from proxy.challenges import challenges_of, wants_token
from proxy.errors import unauthenticated
from proxy.exchange import Exchange
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "authenticate"


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """A route that names permissions needs to know the caller even where `requires_auth` was left off."""
    if not wants_token(route):
        return None
    principals = parts.principals
    challenges = challenges_of(route)

    def authenticate(exchange: Exchange) -> Awaitable[None] | None:
        request = exchange.request
        assert request is not None
        authorization = request.fields.get(b"authorization", b"")
        now = time.time()
        exchange.principal = principals.get(authorization, now)
        if exchange.principal is not None:
            return None
        return _verify(exchange, authorization, parts, now, challenges)

    if "key_auth" not in route.plugins and "basic_auth" not in route.plugins:
        return authenticate
    return lambda exchange: None if exchange.principal is not None else authenticate(exchange)


def _verify(
    exchange: Exchange, authorization: bytes, parts: Parts, now: float, challenges: tuple[bytes, ...]
) -> Awaitable[None] | None:
    try:
        token = bearer_token([authorization.decode("latin-1")] if authorization else [])
        identity = parts.verifier.verify(token, now)
    except KeysNeeded as need:
        return _fetch_keys(exchange, authorization, token, parts, need, challenges)
    except CredentialError as error:
        raise unauthenticated(str(error), challenges) from None
    _accept(exchange, authorization, identity, parts, now)
    return None


def _accept(exchange: Exchange, authorization: bytes, identity: Identity, parts: Parts, now: float) -> None:
    seconds = parts.keys.remembered_seconds(identity.issuer_id)
    exchange.principal = parts.principals.put(authorization, identity, now, seconds)


async def _fetch_keys(
    exchange: Exchange,
    authorization: bytes,
    token: str,
    parts: Parts,
    need: KeysNeeded,
    challenges: tuple[bytes, ...],
) -> None:
    """An issuer with an address for its keys has not told this one yet: ask, then judge once more."""
    await parts.keys.fetch(need.issuers)
    now = time.time()
    try:
        identity = parts.verifier.verify(token, now)
    except CredentialError as error:
        raise unauthenticated(str(error), challenges) from None
    _accept(exchange, authorization, identity, parts, now)
