"""A user name with a password of a consumer (G-226, RFC 7617)."""

from __future__ import annotations

import binascii
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable

from permissions.credential_table import is_current
from permissions.credentials import CredentialError
from permissions.password_hash import NOBODYS_HASH
from permissions.spec import CredentialSpec
from proxy.challenges import DEFAULT_REALM, challenges_of, wants_token
from proxy.errors import too_many_passwords, unauthenticated
from proxy.exchange import Exchange
from proxy.http1.fields import Headers
from proxy.limiting.address import client_network
from proxy.password_checks import TooManyChecks
from proxy.snapshot.parts import Parts
from routing.spec import RouteSpec

NAME = "basic_auth"

MAX_ENCODED_BYTES = 4096

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "realm": {
            "description": "What a browser shows beside its question for a password.",
            "type": "string",
            "pattern": "^[ !#-\\[\\]-~]{1,100}$",
            "default": DEFAULT_REALM,
        },
        "hide_credentials": {
            "description": "Whether Authorization is kept from the instance.",
            "type": "boolean",
            "default": True,
        },
    },
}


def fold(route: RouteSpec, parts: Parts) -> Callable[[Exchange], Awaitable[None] | None] | None:
    """A route that binds it demands a password, unless another way in is open or was taken."""
    config = route.plugins.get(NAME)
    return None if config is None else BasicAuth(route, parts, hides=config.get("hide_credentials", True))


class BasicAuth:
    """The decision of one route."""

    def __init__(self, route: RouteSpec, parts: Parts, *, hides: bool) -> None:
        self._wants_token = wants_token(route)
        self._challenges = challenges_of(route)
        self._hides = hides
        self._parts = parts

    def __call__(self, exchange: Exchange) -> Awaitable[None] | None:
        """Returns an awaitable only for a password that has to be checked."""
        if exchange.principal is not None:
            return None
        assert exchange.request is not None
        authorization = exchange.request.fields.get(b"authorization", b"")
        if authorization.partition(b" ")[0].lower() != b"basic":
            if self._wants_token:
                return None
            raise unauthenticated("no user name and password", self._challenges)
        now = time.time()
        exchange.principal = self._parts.principals.get(b"\0basic\0" + authorization, now)
        if exchange.principal is None:
            return self._verify(exchange, authorization, now)
        self._hide(exchange)
        return None

    def _verify(self, exchange: Exchange, authorization: bytes, now: float) -> Awaitable[None] | None:
        try:
            username, password = name_and_password(authorization)
        except CredentialError as error:
            raise unauthenticated(str(error), self._challenges) from None
        credential = self._parts.credentials.of_username(username)
        if credential is None or not self._parts.live.passwords.remembers(credential.digest, password):
            return self._check(exchange, authorization, credential, password)
        self._accept(exchange, authorization, credential, now)
        return None

    async def _check(
        self, exchange: Exchange, authorization: bytes, credential: CredentialSpec | None, password: str
    ) -> None:
        """An unknown name costs what a known one does, so that the time does not tell them apart."""
        assert exchange.request is not None
        encoded = credential.digest if credential else NOBODYS_HASH
        network = client_network(exchange.request.address)
        try:
            is_right = await self._parts.live.passwords.is_right(encoded, password, network)
        except TooManyChecks as busy:
            raise too_many_passwords(busy.seconds) from None
        if not is_right or credential is None:
            raise unauthenticated("wrong user name or password", self._challenges)
        self._accept(exchange, authorization, credential, time.time())

    def _accept(self, exchange: Exchange, authorization: bytes, credential: CredentialSpec, now: float) -> None:
        if not is_current(credential, now):
            raise unauthenticated("the password has expired", self._challenges)
        exchange.principal = self._parts.principals.put_credential(b"\0basic\0" + authorization, credential, now)
        self._hide(exchange)

    def _hide(self, exchange: Exchange) -> None:
        if self._hides:
            exchange.head_edits = (*exchange.head_edits, _without_authorization)


def name_and_password(authorization: bytes) -> tuple[str, str]:
    """What an Authorization value holds (RFC 7617 section 2). Raises `CredentialError`."""
    encoded = authorization.partition(b" ")[2]
    if len(encoded) > MAX_ENCODED_BYTES:
        raise CredentialError("the user name and password are too long")
    try:
        decoded = b64decode(encoded, validate=True)
        text = decoded.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise CredentialError("not a user name and password in base64 of UTF-8") from None
    name, colon, password = text.partition(":")
    if not colon or b64encode(decoded) != encoded:  # one spelling, so that nobody is remembered twice
        raise CredentialError("not a user name and password in base64 of UTF-8")
    return name, password


def _without_authorization(headers: Headers) -> Headers:
    return [field for field in headers if field[0] != b"authorization"]
