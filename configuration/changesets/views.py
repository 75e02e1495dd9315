"""/admin/changesets: several changes under one reason, in one transaction and one revision (G-501)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.changesets import examples, serializers, sets
from configuration.changesets.publishing import publish
from configuration.changesets.seen import conflicts_of
from configuration.models import ChangeSet, State
from gateway_project.rest.envelope import success
from gateway_project.rest.etag import check_if_match, etag_of
from gateway_project.rest.fields import TimestampField
from gateway_project.rest.filters import query_flag, refuse_unknown_parameters
from gateway_project.rest.schema import DRY_RUN, IF_MATCH, answers
from gateway_project.rest.viewset import EnvelopeViewSet, uuid_or_404
from revisions.api.viewset import actor_of, body_of, in_force_reply, request_change


class ChangeSetFilter(django_filters.FilterSet):
    """Of the list."""

    state = django_filters.ChoiceFilter(choices=State.choices)

    class Meta:
        model = ChangeSet
        fields = ["state"]


@extend_schema_view(
    list=extend_schema(
        operation_id="listChangeSets", responses=answers("ChangeSetList", serializers.ListSerializer, 400)
    ),
    retrieve=extend_schema(
        operation_id="getChangeSet", responses=answers("ChangeSet", serializers.ShownSerializer, 404)
    ),
    create=extend_schema(
        operation_id="createChangeSet",
        summary="Make several changes at once, or keep them as a draft",
        parameters=[DRY_RUN],
        request=serializers.ChangeSetSerializer,
        examples=[examples.BODY],
        responses=answers(
            "ChangeSetCreated", serializers.PublishedSerializer, 400, 409, 413, example=examples.PUBLISHED
        ),
    ),
    update=extend_schema(
        operation_id="updateChangeSet",
        summary="Change a draft",
        parameters=[IF_MATCH],
        request=serializers.DraftSerializer(partial=True),
        responses=answers("ChangeSetUpdated", serializers.PublishedSerializer, 400, 404, 409, 412, 413),
    ),
    destroy=extend_schema(
        operation_id="deleteChangeSet",
        summary="Throw a draft away",
        parameters=[IF_MATCH],
        responses=answers("ChangeSetDeleted", serializers.DeletedSerializer, 400, 404, 409, 412),
    ),
)
@extend_schema(tags=["changesets"])
class ChangeSetViewSet(EnvelopeViewSet):
    """Change sets. An administrator sees all of them, an operator his own; each change is judged by what it touches."""

    queryset = ChangeSet.objects.order_by("-created_at", "id")
    serializer_class = serializers.ListedSerializer
    detail_serializer_class = serializers.ShownSerializer
    filterset_class = ChangeSetFilter
    operator_actions = frozenset({"list", "retrieve", "create", "update", "publish", "destroy"})
    rehearsable = True
    optional_bodies = frozenset({"publish"})
    localised_fields = frozenset({"problem"})
    list_key = "changesets"
    not_found = sets.NOT_FOUND
    messages = {
        "list": _("Change sets fetched."),
        "retrieve": _("Change set fetched."),
        "draft": _("Change set kept."),
        "publish": _("Change set published."),
        "destroy": _("Change set deleted."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        """His own, or all of them to an administrator: a set may hold what is of several teams."""
        rows: QuerySet[Any] = GenericAPIView.get_queryset(self)
        return rows if getattr(self, "swagger_fake_view", False) else sets.seen_by(self.request.user, rows)

    def create(self, request: Request) -> Response:
        """Publishes at once, or keeps a draft; a dry run tells what publishing would do."""
        given = self._given(serializers.ChangeSetSerializer(data=body_of(request)))
        row = sets.new_set(request.user, actor_of(request))
        kept = given.pop("draft", False) or given.get("publish_at") is not None
        if kept and not query_flag(request, "dry_run"):
            return self._keep(row, given, request)
        row.reason, row.changes = given["reason"], given["changes"]
        return self._publish(row, request)

    def update(self, request: Request, pk: str) -> Response:
        """Changes the fields that are given, and looks at the objects anew."""
        refuse_unknown_parameters(request, set())
        given = self._given(serializers.DraftSerializer(data=body_of(request), partial=True))
        with transaction.atomic():
            return self._keep(self._draft(pk, request), given, request)

    @extend_schema(
        operation_id="publishChangeSet",
        summary="Publish a draft",
        parameters=[DRY_RUN, IF_MATCH],
        request=serializers.PublishSerializer,
        responses=answers(
            "ChangeSetPublished", serializers.PublishedSerializer, 400, 404, 409, 412, 413, example=examples.PUBLISHED
        ),
    )
    def publish(self, request: Request, pk: str) -> Response:
        """Makes the changes of a draft, unless an object has changed meanwhile."""
        given = self._given(serializers.PublishSerializer(data=body_of(request) if request.stream else {}))
        with request_change(request) as current:
            row = self._draft(pk, request)
            results = publish(row, current, request.user, force=given.get("force", False))
        return in_force_reply(self.messages["publish"], _content(row, request.user, results=results), current)

    def destroy(self, request: Request, pk: str) -> Response:
        """Forgets a draft."""
        refuse_unknown_parameters(request, set())
        with transaction.atomic():
            row = self._draft(pk, request)
            identity = str(row.pk)
            row.delete()
        content = {"changeset_id": identity, "deleted_at": TimestampField().to_representation(timezone.now())}
        return success(self.messages["destroy"], content)

    def _publish(self, row: ChangeSet, request: Request) -> Response:
        with request_change(request) as current:
            results = publish(row, current, request.user, force=True)
        return in_force_reply(self.messages["publish"], _content(row, request.user, results=results), current)

    def _keep(self, row: ChangeSet, given: dict[str, Any], request: Request) -> Response:
        for name, value in given.items():
            setattr(row, name, value)
        sets.keep(row, request.user)
        response = success(self.messages["draft"], _content(row, request.user))
        response["ETag"] = etag_of(self.state_in(self.document(row)))
        return response

    def _draft(self, pk: str, request: Request) -> ChangeSet:
        """The draft, locked for a change of it. Raises `NotFound`, `Conflict` for one that is published, F41200."""
        row = sets.draft(request.user, uuid_or_404(pk, self.not_found))
        check_if_match(request, self.state_in(self.document(row)))
        return row

    @staticmethod
    def _given(serializer: Any) -> dict[str, Any]:
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


def _content(row: ChangeSet, caller: Any, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"changeset_id": str(row.pk), "state": row.state, "total": len(row.changes)}
    if row.state == State.PUBLISHED:
        return {**told, "revision": row.revision, **more}
    at = None if row.publish_at is None else TimestampField().to_representation(row.publish_at)
    return {**told, "publish_at": at, "conflicts": conflicts_of(row, caller), **more}
