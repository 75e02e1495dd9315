"""The team a service belongs to, as a field: by its name, null for nobody (docs/access.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import Group
from rest_framework import serializers

from gateway_project.rest import access
from gateway_project.rest import fields as strict
from gateway_project.rest.serializers import StrictModelSerializer
from services.models import Service


def owner_field() -> strict.NamedRowField:
    """A team by its name; null for nobody."""
    return strict.NamedRowField("name", queryset=Group.objects.all(), allow_null=True, required=False)


class OwnerSerializer(StrictModelSerializer):
    """Body of PUT."""

    owner = owner_field()

    class Meta:
        model = Service
        fields = ["owner"]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Whose a service is only an administrator says. Raises `Forbidden` before any team is looked for."""
        require_giver(self, data)
        return super().to_internal_value(data)


class OwnerShownSerializer(OwnerSerializer):
    """Content of GET."""

    service_name = serializers.CharField(source="name", read_only=True)

    class Meta(OwnerSerializer.Meta):
        fields = ["service_name", "owner"]


def require_giver(serializer: Any, data: Any) -> None:
    """Raises `Forbidden` for another owner than now, be there such a team or not, unless an administrator asks."""
    if not isinstance(data, Mapping) or "owner" not in data:
        return
    now = serializer.instance.owner if serializer.instance is not None else None
    if data["owner"] != (now.name if now is not None else None):
        access.require_administrator(access.caller_in(serializer.context))
