"""The base of every list and detail view: envelope, order, pages, ETag, who may call."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from gateway_project.rest import access
from gateway_project.rest.envelope import success
from gateway_project.rest.errors import NotFound
from gateway_project.rest.etag import etag_of
from gateway_project.rest.pagination import EnvelopePagination


class EnvelopeViewSet(GenericViewSet[Any]):
    """Reads of one kind of object. A subclass declares queryset, serializer, filterset and messages."""

    list_key: ClassVar[str] = "results"
    """The name of the array in a list's content."""
    messages: ClassVar[dict[str, Any]] = {"list": _("OK"), "retrieve": _("OK")}
    not_found: ClassVar[Any] = _("Not found.")
    administrator_actions: ClassVar[frozenset[str]] = frozenset({"create", "update", "destroy"})
    """Actions only an administrator may call."""
    operator_actions: ClassVar[frozenset[str]] = frozenset()
    """Actions an operator may call too, on what belongs to his teams; the rest take any access token."""
    query_parameters: ClassVar[tuple[str, ...]] = ("page", "size")
    detail_serializer_class: ClassVar[Any] = None
    """Serializer of one whole object; defaults to the list's."""
    localised_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields of the whole object that are told in the language of the reader: no part of its state."""

    def get_permissions(self) -> list[BasePermission]:
        """By the action: administrator, operator, or any valid token."""
        if self.action in self.operator_actions:
            return [access.operator()]
        return [access.administrator() if self.action in self.administrator_actions else access.authenticated()]

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller may see: the rest does not exist for him."""
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else access.visible(self.request.user, rows)

    def list(self, request: Request) -> Response:
        """One page of the objects the caller asked for."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = self.get_serializer(rows, many=True).data
        return success(self.messages["list"], {"total": self.total, self.list_key: shown})

    @property
    def total(self) -> int:
        """How many rows match, over all pages; known once a page was read."""
        assert isinstance(self.paginator, EnvelopePagination)
        return self.paginator.total

    def retrieve(self, request: Request, pk: str) -> Response:
        """One whole object with its ETag."""
        document = self.document(self.get_row(pk))
        response = success(self.messages["retrieve"], document)
        response["ETag"] = etag_of(self.state_in(document))
        return response

    def document(self, row: Any) -> dict[str, Any]:
        """The whole representation of a row: what GET shows."""
        serializer_class = self.detail_serializer_class or self.get_serializer_class()
        return dict(serializer_class(row, context=self.get_serializer_context()).data)

    def state_in(self, document: dict[str, Any]) -> dict[str, Any]:
        """What of a whole representation is the same to every reader: its ETag is taken from this."""
        return {name: value for name, value in document.items() if name not in self.localised_fields}

    def get_row(self, pk: str, *, lock: bool = False) -> Any:
        """The row with this id, locked for a change if asked. Raises `NotFound` for an unknown or malformed id."""
        queryset = self.get_queryset()
        if lock:
            queryset = queryset.select_for_update(of=("self",))
        row = queryset.filter(pk=uuid_or_404(pk, self.not_found)).first()
        if row is None:
            raise NotFound(self.not_found)
        return row


def uuid_or_404(text: str, message: object = None) -> uuid.UUID:
    """The UUID of a path. Raises `NotFound`: an id that cannot exist is no different from one that does not."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(message) from None
