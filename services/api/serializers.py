"""Bodies and replies of /admin/services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from services import leases, observed, validators
from services.models import ServiceInstance
from services.observed import Observation
from services.registration import register_instance

LEASE_RANGE = (5, 3600)
"""Seconds; both ends are allowed."""


def lease_field() -> strict.StrictIntegerField:
    """`ttl_seconds`: the lease of an instance; null for none."""
    lowest, highest = LEASE_RANGE
    return strict.StrictIntegerField(
        source="lease_seconds", required=False, allow_null=True, min_value=lowest, max_value=highest
    )


class RegistrationSerializer(StrictModelSerializer):
    """Body of POST /admin/services."""

    service_name = strict.StrictCharField(max_length=100, validators=[validators.plain_line])
    metadata = strict.ObjectField(required=False)
    ttl_seconds = lease_field()

    class Meta:
        model = ServiceInstance
        fields = [
            "service_name",
            "instance_id",
            "host",
            "port",
            "protocol",
            "weight",
            "priority",
            "health_check_url",
            "health_check_interval_seconds",
            "ttl_seconds",
            "metadata",
        ]

    def candidate(self, values: dict[str, Any]) -> ServiceInstance:
        """The row without its service, which may not exist yet."""
        return ServiceInstance(**{name: value for name, value in values.items() if name != "service_name"})

    def create(self, validated_data: dict[str, Any]) -> ServiceInstance:
        """Registers. Raises as `register_instance`."""
        return register_instance(caller=access.caller_in(self.context), **validated_data)


class InstanceUpdateSerializer(StrictModelSerializer):
    """Body of PUT /admin/services/{id} (G-205)."""

    metadata = strict.ObjectField(required=False)
    ttl_seconds = lease_field()

    class Meta:
        model = ServiceInstance
        fields = [
            "weight",
            "priority",
            "status",
            "health_check_url",
            "health_check_interval_seconds",
            "ttl_seconds",
            "metadata",
        ]

    def update(self, instance: ServiceInstance, validated_data: dict[str, Any]) -> ServiceInstance:
        """Another lease begins now."""
        if validated_data.get("lease_seconds", instance.lease_seconds) != instance.lease_seconds:
            validated_data = {**validated_data, "lease_expires_at": leases.end_of(validated_data["lease_seconds"])}
        updated: ServiceInstance = super().update(instance, validated_data)
        return updated


class InstanceSerializer(serializers.ModelSerializer):
    """One instance in the list, as the traffic sees it where `observed` is in the context."""

    id = serializers.UUIDField(read_only=True)
    endpoint = serializers.CharField(read_only=True, help_text="`protocol://host:port`")
    last_health_check = strict.TimestampField(allow_null=True, read_only=True)
    registered_at = strict.TimestampField(read_only=True)

    class Meta:
        model = ServiceInstance
        fields = ["id", "instance_id", "endpoint", "weight", "status", "last_health_check", "registered_at"]
        read_only_fields = fields

    def to_representation(self, instance: ServiceInstance) -> dict[str, Any]:
        """The row, but for what is observed of it."""
        shown: dict[str, Any] = super().to_representation(instance)
        seen = self.context.get("observed", {}).get(instance.pk)
        return shown if seen is None else {**shown, **seen_of(seen, shown)}


def seen_of(seen: Observation, shown: Iterable[str]) -> dict[str, Any]:
    """What is observed, by those names of fields that are shown."""
    at = seen.last_health_check
    values = {
        "status": seen.status,
        "status_reason": seen.reason,
        "last_health_check": None if at is None else strict.TimestampField().to_representation(at),
    }
    return {name: value for name, value in values.items() if name in shown}


class InstanceDetailSerializer(serializers.ModelSerializer):
    """One instance, whole, as it is configured: what its ETag is taken from."""

    service_name = serializers.CharField(source="service.name", read_only=True)
    endpoint = serializers.CharField(read_only=True, help_text="`protocol://host:port`")
    ttl_seconds = serializers.IntegerField(source="lease_seconds", read_only=True, allow_null=True)
    registered_at = strict.TimestampField(read_only=True)
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
            "priority",
            "status",
            "health_check_url",
            "health_check_interval_seconds",
            "ttl_seconds",
            "metadata",
            "registered_at",
            "updated_at",
        ]
        read_only_fields = fields


class InstanceShownSerializer(InstanceDetailSerializer):
    """One instance with what the traffic sees of it."""

    configured_status = serializers.CharField(source="status", read_only=True, help_text="As PUT has set it.")
    status_reason = serializers.ChoiceField(
        ["", "configured", "health_check", "lease", "ejected"],
        read_only=True,
        default="",
        help_text="Why it is not healthy.",
    )
    last_health_check = strict.TimestampField(allow_null=True, read_only=True)
    lease_expires_at = strict.TimestampField(allow_null=True, read_only=True)

    class Meta(InstanceDetailSerializer.Meta):
        fields = [
            *InstanceDetailSerializer.Meta.fields,
            "configured_status",
            "status_reason",
            "last_health_check",
            "lease_expires_at",
        ]
        read_only_fields = fields

    def to_representation(self, instance: ServiceInstance) -> dict[str, Any]:
        """As it is configured, and as it is observed now."""
        shown: dict[str, Any] = super().to_representation(instance)
        return {**shown, **seen_of(observed.observe([instance])[instance.pk], [*shown, "status_reason"])}
