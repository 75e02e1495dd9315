"""What the replies about revisions hold."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway_project.rest.fields import ObjectField, TimestampField
from gateway_project.rest.pending import PendingSerializer
from revisions.models import Action, Revision
from revisions.sight import reason_shown


class RevisionSerializer(serializers.ModelSerializer):
    """Who changed the configuration, when and why; `total_changes` counts the objects the caller may see."""

    created_at = TimestampField()
    reason = serializers.SerializerMethodField(
        help_text="Empty for who does not see all that the revision changed: it may speak of the rest."
    )
    total_changes = serializers.IntegerField()
    recorded = serializers.BooleanField(help_text="Whether its changes are kept.")

    class Meta:
        model = Revision
        fields = ["number", "created_at", "actor", "reason", "request_id", "recorded", "total_changes"]

    def get_reason(self, row: Revision) -> str:
        """As `revisions.sight` says."""
        return reason_shown(row)


class RevisionListSerializer(serializers.Serializer):
    """Content of GET /admin/revisions."""

    total = serializers.IntegerField()
    revisions = RevisionSerializer(many=True)


class DifferenceSerializer(serializers.Serializer):
    """One object that differs."""

    kind = serializers.CharField()
    id = serializers.CharField(source="object_id")
    name = serializers.CharField()
    action = serializers.ChoiceField(choices=Action.values)
    fields_changed = ObjectField(
        source="changes", help_text="Field → {before, after}; secrets are masked, of a new object `before` is null."
    )

    def get_fields(self) -> dict[str, Any]:
        """`fields` is taken by the framework as an attribute, not as a key."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_changed")
        return found


class RevisionShownSerializer(RevisionSerializer):
    """Content of GET /admin/revisions/{number}."""

    changes = DifferenceSerializer(many=True)

    class Meta(RevisionSerializer.Meta):
        fields = [*RevisionSerializer.Meta.fields, "changes"]


class RevisionsDifferenceSerializer(serializers.Serializer):
    """Content of GET /admin/revisions/{number}/diff/{other}."""

    number = serializers.IntegerField(help_text="The revision that `before` is of.")
    other = serializers.IntegerField(help_text="The revision that `after` is of.")
    total_changes = serializers.IntegerField()
    changes = DifferenceSerializer(many=True)


class RestoredSerializer(PendingSerializer):
    """Content of POST /admin/revisions/{number}/restore."""

    as_of = serializers.IntegerField()
    revision = serializers.IntegerField(allow_null=True, help_text="The new one; null where nothing differed.")
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    deleted = serializers.IntegerField()


class ObjectRestoredSerializer(PendingSerializer):
    """Content of POST …/restore of one object."""

    id = serializers.CharField()
    as_of = serializers.IntegerField()
    revision = serializers.IntegerField(allow_null=True, help_text="The new one; null where nothing differed.")
