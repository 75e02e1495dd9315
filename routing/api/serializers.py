"""The body and the representation of a route."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from routing.choices import SINGLE_METHODS
from routing.models import Route
from routing.required import permissions_of_codes, require_permissions
from routing.rules import extras
from services.plugin_secrets import masked
from services.registration import service_named
from services.validators import plain_line


class ConditionSerializer(serializers.Serializer):
    """One test of a header or a query parameter."""

    name = serializers.CharField(max_length=100)
    operator = serializers.ChoiceField(
        choices=["equals", "not_equals", "matches", "present", "absent"], required=False, default="equals"
    )
    value = serializers.CharField(max_length=500, required=False, allow_blank=True)


class RewriteSerializer(serializers.Serializer):
    """A replacement in the upstream path."""

    regex = serializers.CharField(max_length=500)
    replacement = serializers.CharField(max_length=500, allow_blank=True)


@extend_schema_field(ConditionSerializer(many=True))
class ConditionsField(serializers.JSONField):
    """A list of conditions, which the model judges where it is not empty."""

    default_error_messages = strict.StrictListField.default_error_messages

    def to_internal_value(self, data: Any) -> list[Any]:
        """As it came. Raises `ValidationError`."""
        if not isinstance(data, list):
            self.fail("not_a_list")
        return data


@extend_schema_field(RewriteSerializer)
class RewriteField(strict.ObjectField):
    """A rewrite, which the model judges where it is not empty."""

    default_error_messages = {"empty": extras.NOT_A_REWRITE}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """As it came. Raises `ValidationError`."""
        return super().to_internal_value(data) or self.fail("empty")


class MethodField(strict.StrictChoiceField):
    """One method or ANY; a route of several methods is shown with commas."""

    def to_representation(self, value: str) -> str:
        """As it is."""
        return value


def texts() -> strict.StrictListField:
    """A list of strings, whose contents the model judges."""
    return strict.StrictListField(child=strict.StrictCharField(max_length=500), required=False)


class RouteSerializer(StrictModelSerializer):
    """A whole route, for reading and for writing."""

    service_name = strict.StrictCharField(source="service.name", max_length=100, validators=[plain_line])
    method = MethodField(choices=SINGLE_METHODS, required=False, help_text="Required unless `methods` is given.")
    methods = texts()
    hosts = texts()
    client_cidrs = texts()
    header_conditions = ConditionsField(required=False)
    query_conditions = ConditionsField(required=False)
    required_permissions = strict.StrictListField(
        child=strict.StrictCharField(max_length=100), source="permission_codes", required=False
    )
    labels = strict.ObjectField(required=False)
    plugins = strict.ObjectField(required=False)
    rewrite = RewriteField(required=False, allow_null=True)
    created_at = strict.TimestampField(read_only=True)
    updated_at = strict.TimestampField(read_only=True)

    class Meta:
        model = Route
        fields = [
            "id",
            "service_name",
            "path_pattern",
            "target_url",
            "method",
            "version",
            "is_active",
            "requires_auth",
            "required_permissions",
            "permission_check_strategy",
            "rate_limit_rpm",
            "timeout_seconds",
            "retry_count",
            "circuit_breaker_enabled",
            "cache_enabled",
            "cache_ttl_seconds",
            "load_balance_strategy",
            "hash_key",
            "priority",
            "name",
            "description",
            "hosts",
            "methods",
            "path_kind",
            "path_handling",
            "header_conditions",
            "query_conditions",
            "client_cidrs",
            "labels",
            "preserve_host",
            "strip_path",
            "rewrite",
            "max_body_bytes",
            "plugins",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "created_at", "updated_at"]

    def to_representation(self, instance: Route) -> dict[str, Any]:
        """Secrets of plugins are masked for a caller who may not change the route."""
        shown: dict[str, Any] = super().to_representation(instance)
        hidden = shown["plugins"] and self.context and masked(shown["plugins"])
        if hidden and hidden is not shown["plugins"] and not access.may_write(access.caller_in(self.context), instance):
            shown["plugins"] = hidden
        return shown

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """The method in its two spellings, then the model's rules."""
        method, methods = values.pop("method", None), values.get("methods")
        if method is not None:
            listed = [] if method == "ANY" else [method]
            if methods is not None and methods != listed:
                errors.setdefault("methods", [_("Give method or methods, not both.")])
            values["methods"] = listed
        elif methods is None and self.instance is None and not {"method", "methods"} & errors.keys():
            errors["method"] = [_("This field is required.")]
        super().check_values(values, errors)

    def validate_required_permissions(self, codes: list[str]) -> list[Any]:
        """The Permission rows. Raises naming unknown ones (G-225)."""
        return permissions_of_codes(codes)

    def create(self, validated_data: dict[str, Any]) -> Route:
        """Stores the route, and its service if nobody has named it yet."""
        permissions = validated_data.pop("permission_codes", [])
        caller = access.caller_in(self.context)
        route = Route(service=service_named(validated_data.pop("service.name"), caller), **validated_data)
        access.require_write(caller, route)
        route.save(force_insert=True)
        require_permissions(route, permissions)
        return route

    def update(self, instance: Route, validated_data: dict[str, Any]) -> Route:
        """Writes what changed."""
        permissions = validated_data.pop("permission_codes", None)
        service_name = validated_data.pop("service.name", None)
        if service_name is not None:
            caller = access.caller_in(self.context)
            validated_data["service"] = service_named(service_name, caller)
            access.require_write(caller, Route(service=validated_data["service"]))
        if permissions is not None and require_permissions(instance, permissions):
            instance.save(update_fields=["updated_at"])
        route: Route = super().update(instance, validated_data)
        return route

    def stamped_columns(self, changed: list[str]) -> list[str]:
        """The key against duplicates follows the fields it is made of."""
        return ["updated_at", "duplicate_key"]
