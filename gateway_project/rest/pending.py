"""What the reply of any write of the configuration may hold beside its own fields."""

from __future__ import annotations

from rest_framework import serializers

from gateway_project.rest.fields import ObjectField


class PendingSerializer(serializers.Serializer):
    """What every write may add."""

    pending_workers = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Live workers that did not serve the change within a second.",
    )
    dry_run = serializers.BooleanField(required=False, help_text="True: nothing was stored.")
    effects = ObjectField(
        required=False,
        help_text="Of a dry run: `changes`, new `conflicts`, those `resolved`, routes that would be `shadowed`, and "
        "the `traffic` of the last hours that would go elsewhere.",
    )
