"""`Authorization: Bearer` for the REST API (G-007, G-008)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from gateway_project.rest.errors import Forbidden
from permissions import api_tokens, login_throttle
from permissions.api.access import UNAUTHENTICATED
from permissions.api.caller import TokenCaller
from permissions.api.client_address import client_address
from permissions.api.throttled import too_many
from permissions.api.verifier import caller_of
from permissions.api_tokens import ScriptCaller
from permissions.asking import only_asks
from permissions.credentials import CredentialError, bearer_token
from permissions.key_hash import MARK, key_prefix
from permissions.models import TokenScope


class BearerAuthentication(BaseAuthentication):
    """A token, when the request has an Authorization header at all; without one a session may still count."""

    def authenticate(self, request: Request) -> tuple[TokenCaller | ScriptCaller, str] | None:
        """The caller and his token. Raises `AuthenticationFailed` (F40001); why is not told to the client."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        try:
            token = bearer_token([header])  # two headers arrive joined by a comma, which no token has
            if token.startswith(MARK):
                return _script(request, token), token
            return caller_of(token), token
        except CredentialError:
            raise AuthenticationFailed(UNAUTHENTICATED) from None

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return "Bearer"


def _script(request: Request, key: str) -> ScriptCaller:
    """Whom an API token speaks for. Raises `CredentialError`; `ApiError` after too many, and for a scope too small."""
    caller = api_tokens.caller_of(key)
    if caller is None:
        try:
            login_throttle.begin(key_prefix(key), client_address(request._request))
        except login_throttle.TooManyFailuresError as error:
            raise too_many(error.seconds) from None
        raise CredentialError("not an API token in use")
    writes = request.method not in SAFE_METHODS and not only_asks(request._request)
    if writes and caller.token.scope == TokenScope.READ:
        raise Forbidden(_("This API token only reads."))
    return caller
