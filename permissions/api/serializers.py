"""What the endpoints of this app take and show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gateway_project.rest.fields import StrictCharField, StrictListField, TimestampField
from gateway_project.rest.serializers import StrictModelSerializer, StrictSerializer
from permissions.compact_token import MAX_TOKEN_BYTES
from permissions.identity import MAX_NAME_LENGTH
from permissions.models import Permission


class PermissionSerializer(StrictModelSerializer):
    """A permission under the field names of the source (G-220, G-221)."""

    id = serializers.CharField(source="pk", read_only=True)
    permission_code = StrictCharField(source="code", max_length=100, trim_whitespace=False)
    permission_name = StrictCharField(source="name", max_length=100)
    description = StrictCharField(max_length=500, required=False, allow_blank=True)
    resource_type = StrictCharField(max_length=50, required=False, allow_blank=True)
    actions = StrictListField(child=StrictCharField(max_length=100), required=False)

    class Meta:
        model = Permission
        fields = (
            "id",
            "permission_code",
            "permission_name",
            "description",
            "resource_type",
            "actions",
            "is_system",
            "created_at",
        )
        read_only_fields = ("created_at",)


class LoginSerializer(StrictSerializer):
    """A login; the limits are far above any real name or password."""

    username = StrictCharField(max_length=MAX_NAME_LENGTH)
    password = StrictCharField(max_length=1024, trim_whitespace=False)


class RefreshSerializer(StrictSerializer):
    """A refresh token to exchange."""

    refresh = StrictCharField(max_length=MAX_TOKEN_BYTES)


class RevokeSerializer(StrictSerializer):
    """What to revoke: a token, or the id of one."""

    token = StrictCharField(max_length=MAX_TOKEN_BYTES, required=False)
    jti = StrictCharField(max_length=MAX_NAME_LENGTH, required=False)

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """Exactly one of the two."""
        if not errors and len(values) != 1:
            errors["token"] = [_("Exactly one of token and jti.")]


class TokenPairSerializer(serializers.Serializer[Any]):
    """Describes the reply of a login and of an exchange."""

    access = serializers.CharField(help_text="Send it as `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(help_text="Good for one exchange.")
    expires_in = serializers.IntegerField(help_text="Life of the access token in seconds.")


class RevokedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a revocation."""

    jti = serializers.CharField()
    expires_at = TimestampField(help_text="Until then the revocation is kept.")
    revoked_at = TimestampField()
