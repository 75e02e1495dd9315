"""What the endpoints of roles take and show."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest.fields import StrictCharField
from gateway_project.rest.serializers import StrictModelSerializer
from permissions.models import Role


class RoleSerializer(StrictModelSerializer):
    """A role: the name that tokens carry and grants are given to."""

    id = serializers.CharField(source="pk", read_only=True)
    name = StrictCharField(max_length=100, trim_whitespace=False)
    description = StrictCharField(max_length=500, required=False, allow_blank=True)

    class Meta:
        model = Role
        fields = ("id", "name", "description", "created_at", "updated_at")
        read_only_fields = ("created_at", "updated_at")
