"""What the endpoints of grants take and show: names, never ids of other rows."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from gateway_project.rest.fields import NamedRowField, StrictCharField
from gateway_project.rest.serializers import StrictModelSerializer
from permissions.identity import MAX_NAME_LENGTH
from permissions.models import Consumer, Grant, Permission, Role


class GrantSerializer(StrictModelSerializer):
    """A permission by its code, and exactly one of user, role and consumer by name."""

    id = serializers.CharField(source="pk", read_only=True)
    permission = NamedRowField(
        "code",
        queryset=Permission.objects.all(),
        error_messages={"does_not_exist": _("Unknown permission: {value}")},
        help_text="Its code.",
    )
    user = StrictCharField(
        max_length=MAX_NAME_LENGTH,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="The sub or user_id of the user's tokens.",
    )
    role = NamedRowField(
        "name",
        queryset=Role.objects.all(),
        required=False,
        allow_null=True,
        error_messages={"does_not_exist": _("Unknown role: {value}")},
        help_text="Its name.",
    )
    consumer = NamedRowField(
        "name",
        queryset=Consumer.objects.all(),
        required=False,
        allow_null=True,
        error_messages={"does_not_exist": _("Unknown consumer: {value}")},
        help_text="Its name.",
    )

    class Meta:
        model = Grant
        fields = (
            "id",
            "permission",
            "user",
            "role",
            "consumer",
            "granted_by",
            "granted_at",
            "expires_at",
            "updated_at",
        )
        read_only_fields = ("granted_by", "granted_at", "updated_at")

    def check_values(self, values: dict[str, Any], errors: dict[str, Any]) -> None:
        """The model's rules; of a holder that was named wrongly it is not also said that there is none."""
        named_wrongly = {"role", "consumer"} & errors.keys() and "user" not in errors
        super().check_values(values, errors)
        if named_wrongly:
            errors.pop("user", None)
