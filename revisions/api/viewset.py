"""The base of every REST resource that is configuration: each write is one change and answers when it is in force."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import BadRequest
from gateway_project.rest.etag import check_if_match, etag_of
from gateway_project.rest.fields import TimestampField
from gateway_project.rest.viewset import EnvelopeViewSet
from revisions import in_force
from revisions.change import Change, change


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

    def create(self, request: Request) -> Response:
        """Stores one object."""
        with self.change(request) as current:
            serializer = self.get_serializer(data=body_of(request))
            serializer.is_valid(raise_exception=True)
            row = serializer.save()
            document = self.document(row)
            content = {self.reply_id: self.identity(row), **self.created_content(row, document)}
        response = in_force_reply(self.messages["create"], content, current)
        response["ETag"] = etag_of(document)
        return response

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
        response = in_force_reply(self.messages["update"], content, current)
        response["ETag"] = etag_of(document)
        return response

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


def request_change(request: Request) -> AbstractContextManager[Change]:
    """`change()` with what a request says of itself; the reason is `X-Change-Reason`."""
    return change(
        actor=actor_of(request),
        reason=request.headers.get("X-Change-Reason", ""),
        request_id=getattr(request, "request_id", ""),
    )


def actor_of(request: Request) -> str:
    """The caller's name: the subject of a token, or the login of a person."""
    user = request.user
    return str(getattr(user, "subject", "") or getattr(user, "username", "") or user or "")


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object sent. Raises `BadRequest` when there is none: an empty body is not JSON (G-014)."""
    if request.stream is None:
        raise BadRequest(_("The body must be a JSON object."))
    return dict(request.data)


def in_force_reply(message: object, content: dict[str, Any], current: Change) -> Response:
    """Answers once every live worker serves the change, or after a second names those that do not (G-104)."""
    if current.number is not None:
        pending = in_force.wait(current.number)
        if pending:
            content["pending_workers"] = pending
    response = success(message, content)
    if current.number is not None:
        response["X-Gateway-Revision"] = str(current.number)
    return response
