"""Bodies and replies of /admin/services."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from services import validators
from services.models import ServiceInstance
from services.registration import register_instance


class RegistrationSerializer(StrictModelSerializer):
    """Body of POST /admin/services."""

    service_name = strict.StrictCharField(max_length=100, validators=[validators.no_control_characters])
    metadata = strict.ObjectField(required=False)

    class Meta:
        model = ServiceInstance
        fields = [
            "service_name",
            "instance_id",
            "host",
            "port",
            "protocol",
            "weight",
            "health_check_url",
            "health_check_interval_seconds",
            "metadata",
        ]

    def candidate(self, values: dict[str, Any]) -> ServiceInstance:
        """The row without its service, which may not exist yet."""
        return ServiceInstance(**{name: value for name, value in values.items() if name != "service_name"})

    def create(self, validated_data: dict[str, Any]) -> ServiceInstance:
        """Registers. Raises `Conflict` for a name that is taken."""
        return register_instance(**validated_data)


class InstanceUpdateSerializer(StrictModelSerializer):
    """Body of PUT /admin/services/{id} (G-205)."""

    metadata = strict.ObjectField(required=False)

    class Meta:
        model = ServiceInstance
        fields = ["weight", "status", "health_check_url", "health_check_interval_seconds", "metadata"]


class InstanceSerializer(serializers.ModelSerializer):
    """One instance in the list."""

    id = serializers.UUIDField(read_only=True)
    endpoint = serializers.CharField(read_only=True, help_text="`protocol://host:port`")
    last_health_check = strict.TimestampField(allow_null=True, read_only=True)
    registered_at = strict.TimestampField(read_only=True)

    class Meta:
        model = ServiceInstance
        fields = ["id", "instance_id", "endpoint", "weight", "status", "last_health_check", "registered_at"]
        read_only_fields = fields


class InstanceDetailSerializer(InstanceSerializer):
    """One instance, whole."""

    service_name = serializers.CharField(source="service.name", read_only=True)
    updated_at = strict.TimestampField(read_only=True)

    class Meta:
        model = ServiceInstance
        fields = [
            "id",
            "service_name",
            "instance_id",
            "endpoint",
            "protocol",
            "host",
            "port",
            "weight",
            "status",
            "health_check_url",
            "health_check_interval_seconds",
            "metadata",
            "last_health_check",
            "registered_at",
            "updated_at",
        ]
        read_only_fields = fields
