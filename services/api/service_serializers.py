"""A service as a whole: its name, its owner, its policy and its plugins."""

from __future__ import annotations

from typing import Any

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from services import validators
from services.api.owner_serializers import owner_field, require_giver
from services.api.policy_serializers import PolicySerializer
from services.models import Service


class ServiceSerializer(PolicySerializer):
    """For reading and for writing. The instances are objects of their own."""

    name = strict.StrictCharField(max_length=100, validators=[validators.plain_line])
    owner = owner_field()
    labels = strict.ObjectField(required=False)
    plugins = strict.ObjectField(required=False)
    created_at = strict.TimestampField(read_only=True)
    updated_at = strict.TimestampField(read_only=True)

    class Meta(PolicySerializer.Meta):
        fields = ["id", "name", "owner", "labels", *PolicySerializer.Meta.fields, "plugins", "created_at", "updated_at"]
        read_only_fields = ["id", "created_at", "updated_at"]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The converted values. Raises `Forbidden` for another owner, which is an administrator's to give."""
        require_giver(self, data)
        return super().to_internal_value(data)

    def validate_name(self, value: str) -> str:
        """Another name is an administrator's to give: whether it is taken would tell of other teams' services."""
        if self.instance is not None and value != self.instance.name:
            access.require_administrator(access.caller_in(self.context))
        return value

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """By the rules of the model: a name and plugins have some beyond their columns."""
        StrictModelSerializer.check_values(self, values, errors)

    def create(self, validated_data: dict[str, Any]) -> Service:
        """Stores the service; the groups of its policy are columns of its own."""
        return Service.objects.create(**validated_data)
