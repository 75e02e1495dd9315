"""Bodies and replies of /admin/changesets."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from configuration.changesets.item import FIELDS, MOST, items_of, masked
from configuration.changesets.seen import conflicts_of
from configuration.kinds import KINDS
from configuration.models import ChangeSet, State
from configuration.write import ACTIONS
from gateway_project.rest import access, fields
from gateway_project.rest.errors import BadRequest
from gateway_project.rest.pending import PendingSerializer
from gateway_project.rest.serializers import StrictSerializer


class ChangeSerializer(serializers.Serializer):
    """One change of a set."""

    action = serializers.ChoiceField(ACTIONS)
    kind = serializers.ChoiceField(tuple(KINDS))
    id = serializers.CharField(required=False, help_text="Of the object that is changed or deleted; or its `name`.")
    name = serializers.CharField(required=False)
    data = fields.ObjectField(  # type: ignore[assignment]  # it only describes a member
        required=False, help_text="What the endpoint of the kind takes; of an update the fields to change."
    )


class ChangesField(fields.StrictListField):
    """The changes as they are sent, judged as a whole so that every mistake has its place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=ChangeSerializer(), min_length=1, max_length=MOST, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The list. Raises `ValidationError` with the place of each mistake."""
        if data is serializers.empty:
            return serializers.Field.run_validation(self, data)
        try:
            items_of(data)
        except BadRequest as refused:
            errors = refused.content["errors"]
            raise serializers.ValidationError(errors.get("changes") or _nested(errors)) from None
        return [{name: one[name] for name in FIELDS if name in one} for one in data]


def _nested(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without the name of the field itself, which is put before each place again."""
    return {name.partition(".")[2]: texts for name, texts in errors.items()}


class ChangeSetSerializer(StrictSerializer):
    """Body of POST and PUT."""

    reason = fields.StrictCharField(max_length=500)
    changes = ChangesField()
    draft = fields.StrictBooleanField(required=False, help_text="True: kept, and published later.")
    publish_at = fields.TimestampField(required=False, allow_null=True, help_text="Kept, and published then.")

    def validate_publish_at(self, value: Any) -> Any:
        """What is past would be published at once, which is another call."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError(_("Must lie in the future."))
        return value


class DraftSerializer(ChangeSetSerializer):
    """Body of PUT: a draft stays one."""

    draft = None  # type: ignore[assignment]


class PublishSerializer(StrictSerializer):
    """Body of POST …/publish, which may be left out."""

    force = fields.StrictBooleanField(
        required=False, help_text="Publishes although objects have changed since the draft was written."
    )


class ListedSerializer(serializers.ModelSerializer):
    """A set in the list."""

    total = serializers.SerializerMethodField(help_text="Number of its changes.")
    publish_at = fields.TimestampField(allow_null=True)
    published_at = fields.TimestampField(allow_null=True)
    created_at = fields.TimestampField()
    updated_at = fields.TimestampField()

    class Meta:
        model = ChangeSet
        fields = [
            "id", "reason", "state", "actor", "total", "publish_at", "created_at", "updated_at", "published_at",
            "revision",
        ]  # fmt: skip

    def get_total(self, row: ChangeSet) -> int:
        """As it says."""
        return len(row.changes)


class StaleSerializer(serializers.Serializer):
    """A change whose object is not what it was."""

    index = serializers.IntegerField()
    kind = serializers.CharField()
    id = serializers.CharField()
    problem = serializers.ChoiceField(["changed", "gone"])


class ShownSerializer(ListedSerializer):
    """A whole set."""

    changes = serializers.SerializerMethodField(help_text="Without what is secret in them.")
    conflicts = serializers.SerializerMethodField(
        help_text="Of a draft: the changes whose objects have changed, or gone, since it was written."
    )
    problem = serializers.SerializerMethodField(
        help_text="Why it could not be published at its time: `code`, `msg`, `content`, in the language of the reader."
    )

    class Meta(ListedSerializer.Meta):
        fields = [*ListedSerializer.Meta.fields, "changes", "conflicts", "problem"]

    def get_changes(self, row: ChangeSet) -> list[dict[str, Any]]:
        """As they were sent, in order."""
        return masked(row.changes)

    def get_conflicts(self, row: ChangeSet) -> list[dict[str, Any]]:
        """None once it is published."""
        return [] if row.state == State.PUBLISHED else conflicts_of(row, access.caller_in(self.context))

    def get_problem(self, row: ChangeSet) -> dict[str, Any]:
        """Empty unless it has failed."""
        told: dict[str, Any] = row.problem.get(get_language()) or {}
        return told


class ListSerializer(serializers.Serializer):
    """Content of GET."""

    total = serializers.IntegerField()
    changesets = ListedSerializer(many=True)


class ResultSerializer(serializers.Serializer):
    """What one change did."""

    index = serializers.IntegerField()
    action = serializers.ChoiceField(ACTIONS)
    kind = serializers.ChoiceField(tuple(KINDS))
    id = serializers.CharField()
    name = serializers.CharField()
    updated_fields = serializers.ListField(child=serializers.CharField(), required=False)
    key = serializers.CharField(required=False, help_text="Of a new API key, shown this once.")


class PublishedSerializer(PendingSerializer):
    """Content of POST, of a draft without `results`."""

    changeset_id = serializers.UUIDField()
    state = serializers.ChoiceField(State.values)
    total = serializers.IntegerField()
    revision = serializers.IntegerField(required=False, allow_null=True)
    publish_at = fields.TimestampField(required=False, allow_null=True)
    conflicts = StaleSerializer(many=True, required=False)
    results = ResultSerializer(many=True, required=False)


class DeletedSerializer(serializers.Serializer):
    """Content of DELETE."""

    changeset_id = serializers.UUIDField()
    deleted_at = fields.TimestampField()
