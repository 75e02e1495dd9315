"""The tokens this gateway signs itself: for persons who log in, and bare ones for `issue_token` (G-017).

A person gets an access token and a refresh token. The refresh token carries a fingerprint of the account
(Django's session hash, which changes with the password); it is good once: the exchange blacklists it in the
transaction that makes its successor, and of two exchanges at the same time the blacklist's unique row lets one
through. Outstanding tokens are recorded by their id only: a copy of the database must not be a bunch of keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from permissions.compact_token import parse
from permissions.credential_error import CredentialError
from permissions.decision import ADMINISTRATOR_ROLE
from permissions.identity import is_list_name
from permissions.models import RevokedToken

FINGERPRINT_CLAIM = "account"


class RefreshRefusedError(Exception):
    """A refresh token that must not be exchanged: forged, expired, used before, or its account changed."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login answers with; `expires_in` is the access token's life in seconds."""

    access: str
    refresh: str
    expires_in: int

    @property
    def subject(self) -> str:
        """Whose they are."""
        return str(AccessToken(self.access)["sub"])  # type: ignore[arg-type] # as in read_refresh_token


def access_token(
    subject: str, permissions: Iterable[str] = (), roles: Iterable[str] = (), lifetime: timedelta | None = None
) -> AccessToken:
    """A signed access token of the built-in issuer; `str()` of it is the text. Default lifetime: the setting's."""
    token = AccessToken()
    if lifetime is not None:
        token.set_exp(from_time=token.current_time, lifetime=lifetime)
    token["sub"] = token["user_id"] = subject
    token["permissions"] = list(permissions)
    token["roles"] = list(roles)
    return token


def issue_pair(user: Any) -> TokenPair:
    """Tokens for a person whose password, or refresh token, was good."""
    access = access_token(user.get_username(), roles=roles_of(user))
    refresh = RefreshToken()
    refresh["sub"] = refresh["user_id"] = user.get_username()
    refresh[FINGERPRINT_CLAIM] = user.get_session_auth_hash()
    for token in (access, refresh):
        _record(token, user)
    return TokenPair(str(access), str(refresh), access["exp"] - access["iat"])


def exchange(text: str) -> TokenPair:
    """New tokens for a refresh token, which is used up by it. Raises `RefreshRefusedError`."""
    token = read_refresh_token(text)
    user = get_user_model().objects.filter(username=token["user_id"]).first()
    if user is None or not user.is_active:
        raise RefreshRefusedError
    if not constant_time_compare(str(token.get(FINGERPRINT_CLAIM, "")), user.get_session_auth_hash()):
        raise RefreshRefusedError
    with transaction.atomic():
        if not blacklist(token):
            raise RefreshRefusedError
        return issue_pair(user)


def read_refresh_token(text: str) -> RefreshToken:
    """A refresh token of ours that is still good. Raises `RefreshRefusedError`."""
    try:
        parse(text)
        token = RefreshToken(text)  # type: ignore[arg-type] # its annotation means the class, its code takes text
        if not isinstance(token.get("user_id"), str):
            raise RefreshRefusedError
    except (CredentialError, TokenError):
        raise RefreshRefusedError from None
    if RevokedToken.objects.filter(jti=token["jti"]).exists():
        raise RefreshRefusedError
    return token


def blacklist(token: RefreshToken) -> bool:
    """Whether this call was the one that blacklisted it."""
    _row, created = cast("tuple[BlacklistedToken, bool]", token.blacklist())  # what it returns, not what it declares
    return created


def roles_of(user: Any) -> list[str]:
    """Names of the person's groups, and `admin` for a superuser. A name no token may carry is left out."""
    names = {str(name) for name in user.groups.values_list("name", flat=True) if is_list_name(name)}
    if user.is_superuser:
        names.add(ADMINISTRATOR_ROLE)
    return sorted(names)


def _record(token: Token, user: Any) -> None:
    OutstandingToken.objects.create(
        user=user,
        jti=token["jti"],
        token="",
        created_at=token.current_time,
        expires_at=datetime_from_epoch(token["exp"]),
    )
