"""What the replies of consumers and credentials hold, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from permissions.api.consumer_serializers import BasicSerializer, ConsumerSerializer, KeySerializer


class ConsumerListSerializer(serializers.Serializer[Any]):
    """Describes a page of consumers."""

    total = serializers.IntegerField()
    consumers = ConsumerSerializer(many=True)


class ConsumerCreatedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a create."""

    consumer_id = serializers.CharField()
    name = serializers.CharField()
    created_at = TimestampField()


class ConsumerUpdatedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a change."""

    consumer_id = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField())
    updated_at = TimestampField()


class ConsumerDeletedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a delete."""

    consumer_id = serializers.CharField()
    deleted_at = TimestampField()


class KeyListSerializer(serializers.Serializer[Any]):
    """Describes a page of keys."""

    total = serializers.IntegerField()
    keys = KeySerializer(many=True)


class KeyCreatedSerializer(serializers.Serializer[Any]):
    """Describes the only reply that holds a key."""

    key_id = serializers.CharField()
    key = serializers.CharField(help_text="Shown this once.")
    prefix = serializers.CharField()
    last_characters = serializers.CharField()
    expires_at = TimestampField(allow_null=True)
    created_at = TimestampField()


class KeyUpdatedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a change."""

    key_id = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField())
    updated_at = TimestampField()


class KeyDeletedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a revocation."""

    key_id = serializers.CharField()
    deleted_at = TimestampField()


class BasicListSerializer(serializers.Serializer[Any]):
    """Describes a page of user names."""

    total = serializers.IntegerField()
    basic = BasicSerializer(many=True)


class BasicCreatedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a create."""

    basic_id = serializers.CharField()
    username = serializers.CharField()
    expires_at = TimestampField(allow_null=True)
    created_at = TimestampField()


class BasicUpdatedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a change."""

    basic_id = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField())
    updated_at = TimestampField()


class BasicDeletedSerializer(serializers.Serializer[Any]):
    """Describes the reply of a delete."""

    basic_id = serializers.CharField()
    deleted_at = TimestampField()
