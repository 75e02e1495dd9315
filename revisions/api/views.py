"""/admin/revisions: the history, what each change was, and the way back (G-500)."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import BadRequest, NotFound
from gateway_project.rest.filters import refuse_unknown_parameters
from gateway_project.rest.schema import CHANGE_REASON, DRY_RUN, answers
from gateway_project.rest.viewset import EnvelopeViewSet
from revisions import history
from revisions.api import examples, replies
from revisions.api.filters import RevisionFilter
from revisions.api.viewset import in_force_reply, refuse_body, request_change
from revisions.heavy_read import heavy_read, too_far
from revisions.models import Revision, RevisionItem
from revisions.restore import restore_configuration
from revisions.sight import told_to, with_hidden


@extend_schema_view(
    list=extend_schema(
        operation_id="listRevisions",
        summary="List revisions, newest first",
        responses=answers("RevisionList", replies.RevisionListSerializer, 400, example=examples.LISTED),
    ),
    retrieve=extend_schema(
        operation_id="getRevision",
        summary="Read a revision with what it changed",
        parameters=[examples.NUMBER, *examples.PAGE],
        responses=answers("Revision", replies.RevisionShownSerializer, 400, 404, example=examples.SHOWN),
    ),
)
@extend_schema(tags=["revisions"])
class RevisionViewSet(EnvelopeViewSet):
    """Revisions. Any access token reads what they did to services it may see; an administrator all, and restores."""

    queryset = Revision.objects.order_by("-number")
    serializer_class = replies.RevisionSerializer
    filterset_class = RevisionFilter
    administrator_actions = frozenset({"restore"})
    rehearsable = True
    list_key = "revisions"
    not_found = _("Revision not found.")
    messages = {"list": _("Revisions fetched.")}

    def get_queryset(self) -> QuerySet[Any]:
        """Revisions with the number of changes the caller may see."""
        items = self.items().filter(revision=OuterRef("pk")).order_by().values("revision")
        count = Subquery(items.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
        rows = super().get_queryset().annotate(total_changes=Coalesce(count, 0))
        return rows if getattr(self, "swagger_fake_view", False) else with_hidden(self.request.user, rows)

    def items(self) -> QuerySet[RevisionItem]:
        """The changes the caller may see."""
        items = RevisionItem.objects.order_by("pk")
        fake = getattr(self, "swagger_fake_view", False)
        return items if fake else access.visible(self.request.user, items)

    def retrieve(self, request: Request, number: str) -> Response:
        """One revision and a page of its changes."""
        refuse_unknown_parameters(request, {"page", "size"})
        revision = self.get_queryset().filter(pk=number_or_404(number, self.not_found)).first()
        if revision is None:
            raise NotFound(self.not_found)
        page = self.paginate_queryset(self.items().filter(revision=revision)) or []
        revision.changes = told_to(request.user, [history.difference_of(item) for item in page])
        return success(_("Revision fetched."), replies.RevisionShownSerializer(revision).data)

    @extend_schema(
        operation_id="compareRevisions",
        summary="How the configuration as of one revision differs from that of another",
        parameters=[examples.NUMBER, examples.OTHER, *examples.PAGE],
        responses=answers(
            "RevisionsDifference", replies.RevisionsDifferenceSerializer, 400, 404, example=examples.COMPARED
        ),
    )
    def difference(self, request: Request, number: str, other: str) -> Response:
        """A page of what differs between two states."""
        refuse_unknown_parameters(request, {"page", "size"})
        one, two = (number_or_404(text, self.not_found) for text in (number, other))
        history.require_known(max(one, two))
        history.require_known(min(one, two))
        if told := too_far(request.user, min(one, two), max(one, two)):
            raise BadRequest(told)
        with heavy_read(request.user):
            found = history.between(self.items(), one, two)
        page = told_to(request.user, self.paginate_queryset(Listed(found)) or [])
        content = {"number": one, "other": two, "total_changes": self.total, "changes": page}
        return success(_("Revisions compared."), replies.RevisionsDifferenceSerializer(content).data)

    @extend_schema(
        operation_id="restoreRevision",
        summary="Bring the whole configuration back as of a revision",
        parameters=[examples.NUMBER, CHANGE_REASON, DRY_RUN],
        request=None,
        responses=answers("Restored", replies.RestoredSerializer, 400, 404, 409, example=examples.RESTORED),
    )
    def restore(self, request: Request, number: str) -> Response:
        """Brings the whole configuration back, as one new revision."""
        refuse_unknown_parameters(request, {"dry_run"})
        refuse_body(request)
        wanted = number_or_404(number, self.not_found)
        with request_change(request) as current:
            current.because(f"restore of {wanted}")
            counts = restore_configuration(wanted)
        content = {
            "as_of": wanted,
            "revision": current.number,
            "created": counts["create"],
            "updated": counts["update"],
            "deleted": counts["delete"],
        }
        return in_force_reply(_("Configuration restored."), content, current)


class Listed(list[Any]):
    """A list that a paginator can count."""

    def count(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self)


def number_or_404(text: str, message: object) -> int:
    """The number a path holds. Raises `NotFound`."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,14}", text, re.ASCII):
        raise NotFound(message)
    return int(text)
