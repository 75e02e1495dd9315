"""Contents of the replies of /admin/config, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway_project.rest.fields import ObjectField
from gateway_project.rest.pending import PendingSerializer

MOST_CHANGES = 1000
"""Changes a reply lists; the sums are of all."""


class SummarySerializer(serializers.Serializer):
    """How many objects a plan concerns."""

    create = serializers.IntegerField()  # type: ignore[assignment] # names of a reply
    update = serializers.IntegerField()  # type: ignore[assignment]
    delete = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Not in the document, and left as they are.")


class PlannedChangeSerializer(serializers.Serializer):
    """One object that is created, updated or deleted."""

    action = serializers.ChoiceField(["create", "update", "delete"])
    kind = serializers.CharField()
    name = serializers.CharField()
    fields = ObjectField(help_text="{field: {before, after}}")  # type: ignore[assignment]


class PlanSerializer(PendingSerializer):
    """Content of POST: what was done, or would be."""

    revision = serializers.IntegerField(allow_null=True, help_text="null when nothing had to change.")
    summary = SummarySerializer()
    changes = PlannedChangeSerializer(many=True, help_text=f"The first {MOST_CHANGES}.")


PLANNED: dict[str, Any] = {
    "revision": 12,
    "summary": {"create": 0, "update": 1, "delete": 0, "unchanged": 14, "left": 0},
    "changes": [
        {
            "action": "update",
            "kind": "route",
            "name": "users",
            "fields": {"timeout_seconds": {"before": "(default)", "after": 5}},
        }
    ],
}
DOCUMENT: dict[str, Any] = {
    "format": 1,
    "services": [{"name": "users", "instances": [{"instance_id": "users-1", "host": "10.0.0.1", "port": 8080}]}],
    "routes": [
        {
            "name": "users",
            "service_name": "users",
            "path_pattern": "/api/v1/users/*",
            "method": "GET",
            "target_url": "/users/*",
            "timeout_seconds": 5,
        }
    ],
}
OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "https://shop.internal/v1"}],
    "paths": {"/orders/{id}": {"get": {"operationId": "readOrder", "tags": ["orders"]}}},
}
