"""What the gateway does for a service as JSON: its columns in groups, each value with its place `group.name`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from gateway_project.rest import fields as strict
from gateway_project.rest.duration_field import DurationField
from gateway_project.rest.serializers import StrictModelSerializer
from services.balancing import check_key_is_used
from services.models import Service


class PolicyPartSerializer(StrictModelSerializer):
    """Some columns of a service; those that are left out stay as they are. Times are also taken as text."""

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        """As its column says, but for the text of a time."""
        field_class, options = super().build_standard_field(field_name, model_field)
        return DurationField if field_name.endswith("_seconds") else field_class, options

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """Nothing is left: each field has judged by the rules of its column, and none holds between two of them."""


class CircuitBreakerPolicySerializer(PolicyPartSerializer):
    """When circuits open and close."""

    class Meta:
        model = Service
        fields = [
            "max_failures",
            "interval_seconds",
            "open_seconds",
            "half_open_requests",
            "error_rate",
            "min_requests",
        ]
        extra_kwargs = {name: {"source": f"breaker_{name}"} for name in fields}


class HealthPolicySerializer(PolicyPartSerializer):
    """When instances are taken out and come back."""

    class Meta:
        model = Service
        fields = [
            "timeout_seconds",
            "healthy_after",
            "unhealthy_after",
            "eject_after",
            "eject_seconds",
            "max_ejected_percent",
        ]
        extra_kwargs = {name: {"source": f"health_{name}"} for name in fields[:3]}


class LimitsPolicySerializer(PolicyPartSerializer):
    """For all requests to the service together."""

    class Meta:
        model = Service
        fields = ["rate_limit_rpm", "limiter_rate", "limiter_peak"]


class LoadBalancePolicySerializer(PolicyPartSerializer):
    """How instances are chosen, on all routes of the service in place of what each says; "" leaves it to them."""

    class Meta:
        model = Service
        fields = ["strategy", "hash_key"]
        extra_kwargs = {"strategy": {"source": "load_balance_strategy"}}


class ConnectionPolicySerializer(PolicyPartSerializer):
    """How instances are reached."""

    tls_ca_pem = strict.StrictCharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        validators=Service._meta.get_field("tls_ca_pem").validators,
    )

    class Meta:
        model = Service
        fields = [
            "connect_timeout_seconds",
            "answer_timeout_seconds",
            "retry_count",
            "verify_tls",
            "tls_server_name",
            "tls_ca_pem",
        ]


class PolicySerializer(PolicyPartSerializer):
    """Body of PUT /admin/services/{service_name}/policy."""

    circuit_breaker = CircuitBreakerPolicySerializer(source="*", required=False)
    health = HealthPolicySerializer(source="*", required=False)
    load_balance = LoadBalancePolicySerializer(source="*", required=False)
    limits = LimitsPolicySerializer(source="*", required=False)
    connection = ConnectionPolicySerializer(source="*", required=False)

    class Meta:
        model = Service
        fields = ["circuit_breaker", "health", "load_balance", "limits", "slow_start_seconds", "connection"]

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """The one rule between two values: a hash key goes with the strategy that uses it."""
        stored = self.instance or Service()
        names = ("hash_key", "load_balance_strategy")
        try:
            check_key_is_used(*(values.get(name, getattr(stored, name)) for name in names))
        except ValidationError as error:
            errors.setdefault("load_balance", {"hash_key": error.messages})


class PolicyShownSerializer(PolicySerializer):
    """The whole policy."""

    service_name = serializers.CharField(source="name")
    defaults = serializers.SerializerMethodField(
        help_text="Places of the values that are those of a new service, such as `health.eject_after`."
    )

    class Meta(PolicySerializer.Meta):
        fields = ["service_name", *PolicySerializer.Meta.fields, "defaults"]

    def get_defaults(self, row: Service) -> list[str]:
        """In the order of the values."""
        fresh = dict(places(PolicySerializer(Service()).data))
        return [place for place, value in places(PolicySerializer(row).data) if value == fresh[place]]


def places(policy: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value of a policy with its place."""
    for name in PolicySerializer.Meta.fields:
        if isinstance(policy[name], Mapping):
            yield from ((f"{name}.{inner}", value) for inner, value in policy[name].items())
        else:
            yield name, policy[name]
