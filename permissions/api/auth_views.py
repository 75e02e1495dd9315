"""`/admin/auth/…`: getting, exchanging and taking back tokens (G-017)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, TypeVar

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gateway_project.rest.envelope import success
from gateway_project.rest.schema import answers
from gateway_project.rest.serializers import StrictSerializer
from permissions import login_throttle, tokens
from permissions.api.access import IsAuthenticated
from permissions.api.client_address import client_address
from permissions.api.revocation import revoke_by_id, revoke_token
from permissions.api.serializers import (
    LoginSerializer,
    RefreshSerializer,
    RevokedSerializer,
    RevokeSerializer,
    TokenPairSerializer,
)
from permissions.api.throttled import too_many
from permissions.audit.trail import name_attempt
from revisions.api.viewset import body_of, in_force_reply, request_change

SerializerT = TypeVar("SerializerT", bound=StrictSerializer)
MAX_BODY_BYTES = 64 * 1024
"""Of those who have no token yet: nobody's megabytes are read for a stranger."""


class LoginView(APIView):
    """A name and a password for tokens."""

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="logIn",
        tags=["authentication"],
        summary="Log in",
        request=LoginSerializer,
        responses=answers("Login", TokenPairSerializer, 400, 401, 413, 429),
    )
    def post(self, request: Request) -> Response:
        """One answer for an unknown name, a wrong password and a disabled account."""
        given = _validated(LoginSerializer, request)
        name_attempt(given["username"])
        try:
            attempt = login_throttle.begin(given["username"], client_address(request._request))
        except login_throttle.TooManyFailuresError as error:
            raise too_many(error.seconds) from None
        user = authenticate(request._request, username=given["username"], password=given["password"])
        if user is None:
            raise AuthenticationFailed(_("Wrong user name or password."))
        attempt.succeeded()
        return success(_("Logged in."), asdict(tokens.issue_pair(user)))


class RefreshView(APIView):
    """A refresh token for new tokens; it is used up by it."""

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="refreshToken",
        tags=["authentication"],
        summary="Exchange a refresh token",
        request=RefreshSerializer,
        responses=answers("Refresh", TokenPairSerializer, 400, 401, 413),
    )
    def post(self, request: Request) -> Response:
        """F40001 for a token that was used, revoked, or whose account has changed."""
        given = _validated(RefreshSerializer, request)
        try:
            pair = tokens.exchange(given["refresh"])
        except tokens.RefreshRefusedError:
            raise AuthenticationFailed(_("The refresh token is invalid.")) from None
        name_attempt(pair.subject)
        return success(_("Token refreshed."), asdict(pair))


class RevokeView(APIView):
    """Takes a token back: one's own, or as an administrator anybody's."""

    permission_classes = (IsAuthenticated,)
    rehearsable = True

    @extend_schema(
        operation_id="revokeToken",
        tags=["authentication"],
        summary="Revoke a token",
        request=RevokeSerializer,
        responses=answers("Revoke", RevokedSerializer, 400, 413),
    )
    def post(self, request: Request) -> Response:
        """Answers once every worker refuses the token."""
        given = _validated(RevokeSerializer, request)
        with request_change(request) as current:
            if "token" in given:
                content = revoke_token(given["token"], request.user, current.reason)
            else:
                content = revoke_by_id(given["jti"], request.user, current.reason)
        return in_force_reply(_("Token revoked."), content, current)


def _validated(serializer_class: type[SerializerT], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=body_of(request))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
