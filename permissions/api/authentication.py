"""`Authorization: Bearer` for the REST API (G-007, G-008)."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from permissions.api.access import UNAUTHENTICATED
from permissions.api.caller import TokenCaller
from permissions.api.verifier import caller_of
from permissions.credentials import CredentialError, bearer_token


class BearerAuthentication(BaseAuthentication):
    """A token, when the request has an Authorization header at all; without one a session may still count."""

    def authenticate(self, request: Request) -> tuple[TokenCaller, str] | None:
        """The caller and his token. Raises `AuthenticationFailed` (F40001); why is not told to the client."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            token = bearer_token([header])  # two headers arrive joined by a comma, which no token has
            return caller_of(token), token
        except CredentialError:
            raise AuthenticationFailed(UNAUTHENTICATED) from None

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return "Bearer"
