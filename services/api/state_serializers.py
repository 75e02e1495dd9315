"""Body and content of /admin/services/{name}/state and …/breaker."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictSerializer


class BreakerChangeSerializer(StrictSerializer):
    """Body of POST /admin/services/{name}/breaker."""

    action = strict.StrictChoiceField(["open", "close", "reset"])
    instance_id = strict.StrictCharField(
        required=False, max_length=100, help_text="UUID or textual id; without it the service's own breaker is meant."
    )


class CircuitSerializer(serializers.Serializer):
    """One circuit breaker."""

    state = serializers.ChoiceField(["closed", "open", "half_open"])
    by_hand = serializers.BooleanField(help_text="Opened by hand: it stays open until it is closed by hand.")
    since = strict.TimestampField(allow_null=True, help_text="Null when it has never been anything but closed.")
    retry_after_seconds = serializers.IntegerField(
        allow_null=True, help_text="Until the next probe may pass; null when closed, and when opened by hand."
    )


class InstanceStateSerializer(serializers.Serializer):
    """One instance."""

    id = serializers.UUIDField()
    instance_id = serializers.CharField()
    endpoint = serializers.CharField(help_text="`protocol://host:port`")
    status = serializers.CharField(help_text="As the traffic sees it, apart from its breaker.")
    configured_status = serializers.CharField(help_text="As PUT has set it.")
    status_reason = serializers.ChoiceField(
        ["", "configured", "health_check", "lease", "ejected"], help_text="Why it is not healthy."
    )
    last_health_check = strict.TimestampField(allow_null=True)
    weight = serializers.IntegerField()
    priority = serializers.IntegerField()
    load = serializers.IntegerField(help_text="Requests running now, over all workers.")
    breaker = CircuitSerializer()


class ServiceStateSerializer(serializers.Serializer):
    """A service and its instances."""

    service_name = serializers.CharField()
    breaker = CircuitSerializer(help_text="The service's own.")
    instances = InstanceStateSerializer(many=True)
