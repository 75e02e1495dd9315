"""Whose token it is that somebody wants revoked, and what the reply says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from gateway_project.rest.errors import field_errors
from gateway_project.rest.fields import TimestampField
from permissions import tokens
from permissions.api.access import IsGatewayAdministrator, is_gateway_administrator
from permissions.api.caller import TokenCaller
from permissions.api.verifier import caller_of
from permissions.compile import BUILT_IN_ISSUER_ID
from permissions.credentials import CredentialError
from permissions.identity import Identity
from permissions.models import RevokedToken
from permissions.revocation import revoke


def revoke_token(text: str, user: Any, reason: str = "") -> dict[str, Any]:
    """Revokes an access token, or blacklists a refresh token of ours.

    Raises `PermissionDenied` for somebody else's, `BadRequest` for text that is no good token.
    """
    try:
        found = caller_of(text).identity
    except CredentialError:
        return _revoke_refresh_token(text, user, reason)
    _demand(_is_own(user, found.subject, found.issuer_id), user)
    if not found.jti:
        raise field_errors({"token": _("The token has no jti, so it cannot be revoked.")})
    return _reply(revoke(found.jti, _end_of(found), by=user.get_username(), reason=reason))


def revoke_by_id(jti: str, user: Any, reason: str = "") -> dict[str, Any]:
    """Revokes the token of this id. Raises `PermissionDenied` unless it is the caller's own or he administrates."""
    outstanding = OutstandingToken.objects.filter(jti=jti).select_related("user").first()
    owner = outstanding.user.get_username() if outstanding is not None and outstanding.user is not None else None
    is_sent_one = isinstance(user, TokenCaller) and user.identity.jti == jti
    _demand(is_sent_one or (owner is not None and _is_own(user, owner, BUILT_IN_ISSUER_ID)), user)
    expires_at = _end_of(user.identity) if is_sent_one else None
    return _reply(revoke(jti, expires_at, by=user.get_username(), reason=reason))


def _revoke_refresh_token(text: str, user: Any, reason: str) -> dict[str, Any]:
    try:
        token = tokens.read_refresh_token(text)
    except tokens.RefreshRefusedError:
        raise field_errors({"token": _("Not a valid token.")}) from None
    _demand(_is_own(user, token["user_id"], BUILT_IN_ISSUER_ID), user)
    tokens.blacklist(token)
    return _reply(
        revoke(token["jti"], datetime.fromtimestamp(token["exp"], UTC), by=user.get_username(), reason=reason)
    )


def _end_of(identity: Identity) -> datetime:
    """When the token itself ends: its issuer may be trusted for longer some day."""
    return datetime.fromtimestamp(float(identity.claims["exp"]), UTC)


def _is_own(user: Any, subject: str, issuer_id: str) -> bool:
    """Names are an issuer's own: `u1` of one issuer is not `u1` of another. Sessions are the built-in issuer's."""
    issuer = user.identity.issuer_id if isinstance(user, TokenCaller) else BUILT_IN_ISSUER_ID
    return bool(user.get_username() == subject and issuer == issuer_id)


def _demand(is_own: bool, user: Any) -> None:
    if not is_own and not is_gateway_administrator(user):
        raise PermissionDenied(IsGatewayAdministrator.message)


def _reply(row: RevokedToken) -> dict[str, Any]:
    shown = TimestampField()
    return {
        "jti": row.jti,
        "expires_at": shown.to_representation(row.expires_at),
        "revoked_at": shown.to_representation(row.revoked_at),
    }
