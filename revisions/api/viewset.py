"""The base of every REST resource that is configuration: each write is one change and answers when it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import BadRequest, NotFound, field_errors
from gateway_project.rest.etag import check_if_match, etag_of
from gateway_project.rest.fields import TimestampField
from gateway_project.rest.filters import query_flag
from gateway_project.rest.pagination import query_integer
from gateway_project.rest.serializers import StrictSerializer
from gateway_project.rest.viewset import EnvelopeViewSet
from revisions import in_force, rehearsal
from revisions.as_of import as_of
from revisions.change import Change, change
from revisions.heavy_read import heavy_read, too_far
from revisions.history import require_known
from revisions.recorded import declared
from revisions.visibility import hidden_services

MAX_NUMBER = 10**15
"""Of a revision, and far beyond any; it fits a 64-bit integer."""


class ConfigurationViewSet(EnvelopeViewSet):
    """Create, update and delete. A subclass declares `messages` for them and what its replies hold."""

    reply_id: ClassVar[str] = "id"
    """The key of the object's id in the replies of writes."""
    identified_by: ClassVar[str] = "pk"
    """The attribute of the object that its id is."""
    created_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    """Keys of the whole representation a create answers with, beside the id."""
    unshown_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that are written and never shown; one that is sent counts as changed."""
    deleted_key: ClassVar[str] = "deleted_at"
    rehearsable: ClassVar[bool] = True
    query_parameters: ClassVar[tuple[str, ...]] = ("page", "size", "as_of")
    hidden: list[Any] | None = None
    """While the past is read: services the caller may not see now, whoever they belonged to then."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF's; `as_of` makes a list or a detail one of an earlier revision (G-500)."""
        super().initial(request, *args, **kwargs)
        if self.action in ("list", "retrieve") and "as_of" in request.query_params:
            number = asked_revision(request)
            self.hidden = hidden_services(request.user)
            name = str(request.method).lower()
            setattr(self, name, heavy_read(request.user)(as_of(number)(getattr(self, name))))

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller may see, and in the past only what he may see now too."""
        rows = super().get_queryset()
        way = declared(rows.model).service
        return rows.exclude(**{f"{way}__in": self.hidden}) if way and self.hidden else rows

    def create(self, request: Request) -> Response:
        """Stores one object."""
        with self.change(request) as current:
            serializer = self.get_serializer(data=body_of(request))
            serializer.is_valid(raise_exception=True)
            row = serializer.save()
            document = self.document(row)
            content = {self.reply_id: self.identity(row), **self.created_content(row, document)}
        return in_force_reply(self.messages["create"], content, current, document)

    def created_content(self, row: Any, document: dict[str, Any]) -> dict[str, Any]:
        """What a create tells of the new object, beside its id."""
        return {name: document[name] for name in self.created_fields}

    def update(self, request: Request, pk: str) -> Response:
        """Changes the given fields and names those whose value changed (G-140)."""
        with self.change(request) as current:
            row = self.get_row(pk, lock=True)
            access.require_write(request.user, row)
            before = self.document(row)
            check_if_match(request, before)
            data = body_of(request)
            serializer = self.get_serializer(row, data=data, partial=True)
            serializer.is_valid(raise_exception=True)
            document = self.document(serializer.save())
        content = {
            self.reply_id: self.identity(row),
            "updated_fields": self.changed_fields(data, before, document),
            "updated_at": TimestampField().to_representation(row.updated_at),
        }
        return in_force_reply(self.messages["update"], content, current, document)

    def changed_fields(self, data: dict[str, Any], before: dict[str, Any], document: dict[str, Any]) -> list[str]:
        """Which of the fields that were sent have another value now."""
        changed = [name for name in document if name in data and document[name] != before[name]]
        return changed + [name for name in self.unshown_fields if name in data]

    def identity(self, row: Any) -> str:
        """The id of an object in the replies of writes."""
        return str(getattr(row, self.identified_by))

    def destroy(self, request: Request, pk: str) -> Response:
        """Removes one object."""
        with self.change(request) as current:
            row = self.get_row(pk, lock=True)
            access.require_write(request.user, row)
            check_if_match(request, self.document(row))
            now = timezone.now()
            identity = self.identity(row)
            self.remove(row, now)
        content = {self.reply_id: identity, self.deleted_key: TimestampField().to_representation(now)}
        return in_force_reply(self.messages["destroy"], content, current)

    def remove(self, row: Any, now: Any) -> None:
        """Deletes the row; a subclass may only mark it."""
        row.delete()

    @staticmethod
    def change(request: Request) -> AbstractContextManager[Change]:
        """A change with the caller, the reason and the request id on record (G-500)."""
        return request_change(request)


@contextmanager
def request_change(request: Request) -> Iterator[Change]:
    """`change()` with what a request says of itself; the reason is `X-Change-Reason`.

    With `?dry_run=true` it is rehearsed. Raises `BadRequest` for another value.
    """
    made = change(
        actor=actor_of(request),
        reason=reason_of(request),
        request_id=getattr(request, "request_id", ""),
        foresight=rehearsal.for_caller(request.user) if query_flag(request, "dry_run") else None,
    )
    with access.acting(request.user), made as current:
        yield current


def reason_of(request: Request) -> str:
    """`X-Change-Reason`, in UTF-8 where it is that: header values reach Django as Latin-1."""
    sent = str(request.headers.get("X-Change-Reason", ""))
    try:
        return sent.encode("latin-1").decode()
    except UnicodeError:
        return sent


def actor_of(request: Request) -> str:
    """The caller's name: the subject of a token, or the login of a person."""
    user = request.user
    return str(getattr(user, "subject", "") or getattr(user, "username", "") or user or "")


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object sent. Raises `BadRequest` when there is none: an empty body is not JSON (G-014)."""
    if request.stream is None:
        raise BadRequest(_("The body must be a JSON object."))
    return dict(request.data)


def asked_revision(request: Request) -> int:
    """The revision that the parameter `as_of` names. Raises `BadRequest` where its state cannot be told the caller."""
    number = query_integer(request, "as_of", default=0, lowest=0, highest=MAX_NUMBER)
    try:
        require_known(number)
    except NotFound as unknown:
        raise field_errors({"as_of": unknown.message}) from None
    if told := too_far(request.user, number):
        raise field_errors({"as_of": told})
    return number


def refuse_body(request: Request) -> None:
    """For an endpoint that takes no body. Raises naming what was sent."""
    if request.stream is not None:
        StrictSerializer(data=request.data).is_valid(raise_exception=True)


def in_force_reply(
    message: object, content: dict[str, Any], current: Change, document: dict[str, Any] | None = None
) -> Response:
    """Answers once every live worker serves the change, or after a second names those that do not (G-104).

    `document` is the object as it is now, for its ETag. A dry run is answered at once, with its effects (G-501).
    """
    if current.effects is not None:
        told = {"dry_run": True, **content, "effects": current.effects}
        return success(_("Dry run: nothing was stored."), told)
    if current.number is not None:
        pending = in_force.wait(current.number)
        if pending:
            content["pending_workers"] = pending
    response = success(message, content)
    if document is not None:
        response["ETag"] = etag_of(document)
    if current.number is not None:
        response["X-Gateway-Revision"] = str(current.number)
    return response
