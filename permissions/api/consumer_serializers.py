"""What the endpoints of consumers and of their credentials take and show."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gateway_project.rest.fields import ObjectField, StrictCharField, TimestampField
from gateway_project.rest.serializers import StrictModelSerializer
from permissions.identity import MAX_NAME_LENGTH
from permissions.models import Consumer, Credential, CredentialKind
from permissions.password_hash import MAX_LENGTH
from permissions.validators import validate_password


class ConsumerSerializer(StrictModelSerializer):
    """A consumer without its credentials, which have paths of their own."""

    id = serializers.CharField(source="pk", read_only=True)
    name = StrictCharField(max_length=100, trim_whitespace=False)
    description = StrictCharField(max_length=500, required=False, allow_blank=True)
    labels = ObjectField(required=False)
    jwt_subject = StrictCharField(
        max_length=MAX_NAME_LENGTH, required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    plugins = ObjectField(required=False)

    class Meta:
        model = Consumer
        fields = (
            "id",
            "name",
            "description",
            "is_active",
            "labels",
            "jwt_subject",
            "rate_limit_rpm",
            "plugins",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("created_at", "updated_at")


class CredentialSerializer(StrictModelSerializer):
    """What keys and passwords have in common; the view says whose they are."""

    id = serializers.CharField(source="pk", read_only=True)
    name = StrictCharField(max_length=100, required=False, allow_blank=True)
    expires_at = TimestampField(required=False, allow_null=True)

    def validate_expires_at(self, value: Any) -> Any:
        """A new credential that could never be used is a mistake; an old one may be ended so."""
        if self.instance is None and value is not None and value <= timezone.now():
            raise serializers.ValidationError(_("Must lie in the future."))
        return value


class KeySerializer(CredentialSerializer):
    """An API key, of which only what it is recognised by is known."""

    prefix = serializers.CharField(source="identifier", read_only=True, help_text="The first characters.")

    class Meta:
        model = Credential
        fields = ("id", "name", "prefix", "last_characters", "expires_at", "is_active", "created_at", "updated_at")
        read_only_fields = ("last_characters", "created_at", "updated_at")

    def create(self, validated_data: dict[str, Any]) -> Credential:
        """A row with a new key."""
        row = Credential(consumer=self.context["consumer"], **validated_data)
        row.give_key()
        row.save()
        return row


class BasicSerializer(CredentialSerializer):
    """A user name with a password that is never shown."""

    username = StrictCharField(source="identifier", max_length=MAX_NAME_LENGTH, trim_whitespace=False)
    password = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, write_only=True)

    class Meta:
        model = Credential
        fields = ("id", "name", "username", "password", "expires_at", "is_active", "created_at", "updated_at")
        read_only_fields = ("created_at", "updated_at")

    def validate_password(self, value: str) -> str:
        """Long enough, without control characters."""
        validate_password(value)
        return value

    def candidate(self, values: dict[str, Any]) -> Any:
        """As in the base; the rules of the user name go by the kind."""
        row: Any = super().candidate(values)
        row.kind = CredentialKind.BASIC
        return row

    def create(self, validated_data: dict[str, Any]) -> Credential:
        """A row with the hash of the password."""
        password = validated_data.pop("password")
        row = Credential(consumer=self.context["consumer"], **validated_data)
        row.give_password(password)
        row.save()
        return row

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """As in the base; a password is always a change."""
        password = validated_data.pop("password", None)
        if password is not None:
            instance.give_password(password)
            instance.save(update_fields=["digest", "updated_at"])
        return super().update(instance, validated_data)
