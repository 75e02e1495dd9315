"""`/admin/tokens`: the tokens that persons give to their scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import fields as strict
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import Forbidden, field_errors
from gateway_project.rest.schema import answers
from gateway_project.rest.serializers import StrictSerializer
from gateway_project.rest.viewset import EnvelopeViewSet
from permissions import api_tokens
from permissions.api.caller import TokenCaller
from permissions.api.filters import ApiTokenFilter
from permissions.api.numbered import numbered_row
from permissions.audit.trail import act, note
from permissions.compile import BUILT_IN_ISSUER_ID
from permissions.models import ApiToken, AuditAction, AuditOutcome, TokenScope
from permissions.standing import standing_of
from revisions.api.viewset import body_of

MAX_TTL_SECONDS = 10 * 366 * 86_400
SHOWN = {
    "id": "7",
    "user": "alice",
    "name": "deploy",
    "scope": "write",
    "prefix": "gw_k3J9wQ2x",
    "last_characters": "BcD1",
    "expires_at": "2025-04-09 10:30:00",
    "created_at": "2025-01-09 10:30:00",
    "last_used_at": None,
}
KEY = "gw_k3J9wQ2xAbCdEfGhIjKlMnOpQrStUvWxYz01234567aBcD1"


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without the token."""

    id = serializers.CharField(source="pk", read_only=True)
    user = serializers.CharField(source="user.get_username", read_only=True)
    prefix = serializers.CharField(source="identifier", read_only=True)
    expires_at = strict.TimestampField(read_only=True, allow_null=True)
    created_at = strict.TimestampField(read_only=True)
    last_used_at = strict.TimestampField(read_only=True, allow_null=True, help_text="To the minute.")

    class Meta:
        model = ApiToken
        fields = tuple(SHOWN)
        read_only_fields = fields


class NewTokenSerializer(StrictSerializer):
    """Body of POST."""

    name = strict.StrictCharField(max_length=100)
    scope = strict.StrictChoiceField(choices=TokenScope.choices, default=TokenScope.READ)
    ttl_seconds = strict.StrictIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_TTL_SECONDS,
        help_text="Without: till revoked.",
    )
    user = strict.StrictCharField(required=False, max_length=150, help_text="Whose; an administrator may name another.")


class MadeTokenSerializer(serializers.Serializer[Any]):
    """Content of POST."""

    token_id = serializers.CharField()
    token = serializers.CharField(help_text="Shown this once.")
    user = serializers.CharField()
    scope = serializers.CharField()
    expires_at = strict.TimestampField(allow_null=True)


class TokenListSerializer(serializers.Serializer[Any]):
    """Content of GET."""

    total = serializers.IntegerField()
    tokens = ApiTokenSerializer(many=True)


class TokenRevokedSerializer(serializers.Serializer[Any]):
    """Content of DELETE."""

    token_id = serializers.CharField()
    revoked_at = strict.TimestampField()


@extend_schema_view(
    list=extend_schema(
        operation_id="listApiTokens",
        summary="List API tokens",
        responses=answers(
            "ApiTokenList", TokenListSerializer, 400, example=("API tokens fetched.", {"total": 1, "tokens": [SHOWN]})
        ),
    ),
    create=extend_schema(
        operation_id="createApiToken",
        summary="Make an API token, which is shown this once",
        request=NewTokenSerializer,
        examples=[
            OpenApiExample(
                "A token", value={"name": "deploy", "scope": "write", "ttl_seconds": 7_776_000}, request_only=True
            )
        ],
        responses=answers(
            "ApiTokenCreated",
            MadeTokenSerializer,
            400,
            413,
            example=(
                "API token created.",
                {"token_id": "7", "token": KEY, "user": "alice", "scope": "write", "expires_at": SHOWN["expires_at"]},
            ),
        ),
    ),
    destroy=extend_schema(
        operation_id="revokeApiToken",
        summary="Revoke an API token",
        responses=answers(
            "ApiTokenRevoked",
            TokenRevokedSerializer,
            404,
            example=("API token revoked.", {"token_id": "7", "revoked_at": "2025-01-09 12:00:00"}),
        ),
    ),
)
@extend_schema(tags=["tokens"])
class ApiTokenViewSet(EnvelopeViewSet):
    """One's own tokens; an administrator's reach is everybody's."""

    queryset = ApiToken.objects.filter(revoked_at=None).select_related("user").order_by("id")
    serializer_class = ApiTokenSerializer
    filterset_class = ApiTokenFilter
    administrator_actions = frozenset()
    list_key = "tokens"
    not_found = _("API token not found.")
    messages = {
        "list": _("API tokens fetched."),
        "create": _("API token created."),
        "destroy": _("API token revoked."),
    }

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Those within the caller's reach: the rest does not exist for him."""
        rows: QuerySet[ApiToken] = ApiToken.objects.filter(revoked_at=None).select_related("user").order_by("id")
        if getattr(self, "swagger_fake_view", False) or standing_of(self.request.user).administrator:
            return rows
        account = account_of(self.request.user)
        return rows.none() if account is None else rows.filter(user=account)

    def create(self, request: Request) -> Response:
        """Makes one. No cache may keep this reply."""
        serializer = NewTokenSerializer(data=body_of(request))
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        owner = self._owner(given.get("user"))
        refuse_scope(request.user, owner, given["scope"])
        ttl = given.get("ttl_seconds")
        expires_at = None if ttl is None else timezone.now() + timedelta(seconds=ttl)
        act(AuditAction.TOKEN_CREATE)
        with transaction.atomic():
            token = api_tokens.create(owner, given["name"], given["scope"], expires_at)
            note(AuditOutcome.SUCCEEDED)
        shown = self.get_serializer(token).data
        content = {"token_id": shown["id"], "token": token.key}
        content |= {name: shown[name] for name in ("user", "scope", "expires_at")}
        response = success(self.messages["create"], content)
        response["Cache-Control"] = "no-store"
        return response

    def destroy(self, request: Request, pk: str) -> Response:
        """Revokes one: the next request with it is refused."""
        act(AuditAction.TOKEN_REVOKE)
        with transaction.atomic():
            token = numbered_row(self.get_queryset().select_for_update(of=("self",)), pk, self.not_found)
            api_tokens.revoke(token)
            note(AuditOutcome.SUCCEEDED)
        revoked_at = strict.TimestampField().to_representation(token.revoked_at)
        return success(self.messages["destroy"], {"token_id": str(token.pk), "revoked_at": revoked_at})

    def _owner(self, name: str | None) -> Any:
        """The account a new token is for. Raises `BadRequest` or `Forbidden`."""
        own = account_of(self.request.user)
        if name is None and own is None:
            raise field_errors({"user": _("Your token stands for no account: name one.")})
        if name is None or (own is not None and own.get_username() == name):
            return own
        if not standing_of(self.request.user).administrator:
            raise Forbidden
        named = get_user_model().objects.filter(username=name, is_active=True).first()
        if named is None:
            raise field_errors({"user": _("There is no active account of this name.")})
        return named


def account_of(caller: Any) -> Any:
    """The active account a caller is; None for a token that stands for none."""
    if isinstance(caller, api_tokens.ScriptCaller):
        return caller.user
    if not isinstance(caller, TokenCaller):
        return caller
    if caller.identity.issuer_id != BUILT_IN_ISSUER_ID:
        return None
    return get_user_model().objects.filter(username=caller.subject, is_active=True).first()


def refuse_scope(caller: Any, owner: Any, scope: str) -> None:
    """Raises `Forbidden` for a token that could do more than who makes it, `BadRequest` for more than its owner."""
    if isinstance(caller, api_tokens.ScriptCaller) and caller.token.scope != TokenScope.ADMIN:
        raise Forbidden(_("Only an API token of scope admin makes others."))
    if scope not in api_tokens.scopes_for(standing_of(caller)):
        raise Forbidden
    if scope not in api_tokens.scopes_for(standing_of(owner)):
        raise field_errors({"scope": _("This account may not do that much.")})
