"""Contents of the replies, for the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest.fields import TimestampField
from gateway_project.rest.pending import PendingSerializer
from services.api.serializers import InstanceSerializer


class RegisteredSerializer(PendingSerializer):
    """Content of POST."""

    instance_id = serializers.UUIDField()
    service_name = serializers.CharField()
    endpoint = serializers.CharField()
    registered_at = TimestampField()


class InstanceUpdatedSerializer(PendingSerializer):
    """Content of PUT."""

    instance_id = serializers.UUIDField()
    updated_fields = serializers.ListField(child=serializers.CharField())
    updated_at = TimestampField()


class PolicyUpdatedSerializer(PendingSerializer):
    """Content of PUT …/policy."""

    service_name = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField(), help_text="`group.name`")
    updated_at = TimestampField()


class DeregisteredSerializer(PendingSerializer):
    """Content of DELETE."""

    instance_id = serializers.UUIDField()
    deregistered_at = TimestampField()


class RenewedSerializer(serializers.Serializer):
    """Content of POST …/heartbeat."""

    instance_id = serializers.UUIDField()
    ttl_seconds = serializers.IntegerField()
    lease_expires_at = TimestampField()


class InstanceListSerializer(serializers.Serializer):
    """Content of GET."""

    service_name = serializers.CharField()
    total_instances = serializers.IntegerField(help_text="Instances of the service that match `status`.")
    healthy_instances = serializers.IntegerField(help_text="Instances of the whole service that get requests.")
    instances = InstanceSerializer(many=True)
